export { systemClock } from './clock/index.ts'
export { createFileHasher, createGrowingFileHasher } from './digest/index.ts'
export type {
  FileDigests,
  FileFollower,
  FileHasher,
  FileHasherOptions,
  GrowingFileHasher,
  HashOptions,
} from './digest/index.ts'
export { defaultDataDir, defaultOutputDir } from './dirs/index.ts'
export type { Surroundings } from './dirs/index.ts'
export { installCommand, locateFfmpeg, runFfmpeg } from './ffmpeg/index.ts'
export type {
  FfmpegInput,
  FfmpegJob,
  FfmpegLocation,
  FfmpegProgress,
  FfmpegResult,
  FfmpegTools,
  LocateOptions,
} from './ffmpeg/index.ts'
export {
  atomicWrite,
  cloneOrCopy,
  createBlockWriter,
  ensureDir,
  errnoOf,
  freeSpaceBytes,
  isSameFile,
  moveFile,
  publishFile,
  resolveInside,
  safeFileName,
  shortFolder,
  splitExtension,
  statRegularFile,
  syncDir,
  takeChunks,
  temporaryName,
  toFileError,
  toWriteError,
  uniquePath,
  writeFully,
} from './files/index.ts'
export type { BlockWriter, RegularFile } from './files/index.ts'
export { createLogger, LOG_LEVELS, scrubText, scrubValue } from './log/index.ts'
export type { Logger, LoggerOptions, LogFields, LogLevel } from './log/index.ts'
export { assertHasAudio, assertHasVideo, MEDIA_LIMITS, probeMedia, probeResult, resultInvalid } from './media/index.ts'
export type { MediaLimits, ProbeOptions, ResultProbeOptions } from './media/index.ts'
export { createNonce, pageHeaders, withNonce } from './page/index.ts'
export { createLineSplitter, isExecutable, killGroup, runChild } from './process/index.ts'
export type { ChildLimits, ChildResult, LineSplitter, RunChildOptions } from './process/index.ts'
export { createProcessHost, nodeChildAdapter } from './processHost/index.ts'
export type {
  ChildExit,
  ChildHandle,
  HostState,
  NodeChildOptions,
  ProcessHost,
  ProcessHostDeps,
  SpawnAdapter,
} from './processHost/index.ts'
export {
  attachment,
  contentTypeOf,
  contentTypeOfProbe,
  fileResponse,
  mediaHeaders,
  planRange,
  sendFile,
} from './range/index.ts'
export type { MediaAnswer, MediaHeaderInput, RangePlan, ReaderPatience, ServedFile } from './range/index.ts'
export { endUnreadable, toListenError } from './httpServer/index.ts'
export { endSocket, freeBytes, freeingSink } from './streams/index.ts'
export {
  backUpDatabase,
  backupTimeMs,
  claimOwnership,
  Database,
  isSqliteNewEnough,
  listBackups,
  openDatabase,
  renameBackupsOfTheFuture,
  rotateBackup,
} from './sqlite/index.ts'
export type {
  AdoptBackup,
  DatabaseFeatures,
  DatabaseRestored,
  Migration,
  OpenDatabaseOptions,
  Ownership,
  SqlValue,
} from './sqlite/index.ts'
export {
  addressAt,
  allowedHosts,
  cameEncrypted,
  clientAddress,
  fewDaysLeft,
  isLoopbackBind,
  ownOrigins,
  readCertificate,
  replaceCertificate,
  tlsOptions,
} from './tls/index.ts'
export type { Certificate, OwnNames, TlsFiles } from './tls/index.ts'
