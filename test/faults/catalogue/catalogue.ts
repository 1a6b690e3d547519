import { gatewayKilled } from './f01GatewayKilled.ts'
import { crashInUpload, gatewayKilledAtPoint } from './f02GatewayFaultPoints.ts'
import { workerDiesBeforeAck, workerDiesInUpload, workerKilled, workerKilledAtPoint } from './f03WorkerKilled.ts'
import { appKilled } from './f06AppKilled.ts'
import { bothKilled } from './f07BothKilled.ts'
import { doneButTimedOut, storeThrows } from './f11StoreFails.ts'
import { storeIsBusy } from './f13StoreBusy.ts'
import { diskFull, diskFullForLong } from './f14DiskFull.ts'
import { dataDirGone } from './f15DataDirGone.ts'
import { noDescriptors } from './f16NoDescriptors.ts'
import { uploadBroken } from './f18Uploads.ts'
import { sameUploadTwice } from './f19SameUpload.ts'
import { poolDamaged } from './f21PoolDamage.ts'
import { collidingUpload } from './f22Collision.ts'
import { sameRequestAtOnce, sameRequestLater } from './f23SameRequest.ts'
import { resultsOutOfOrder, wrongResults } from './f25Results.ts'
import { workerStopped } from './f27StaleHolder.ts'
import { gatewayBlocked, gatewayStopped, suspended } from './f28StandStill.ts'
import { halfOpen, oneWay, partitioned } from './f30Partitions.ts'
import { slowLine } from './f33SlowLine.ts'
import { flapping } from './f34Flapping.ts'
import { sameWorkerTwice } from './f35SameWorkerTwice.ts'
import { othersBesideCrashes, othersBesideHangs } from './f36OthersThroughput.ts'
import { poisonCrashes, poisonHangs } from './f36Poison.ts'
import { thunderingHerd } from './f38Crowds.ts'
import { queueFlood } from './f39Flood.ts'
import { slowLoris } from './f40SlowLoris.ts'
import { slowConsumer } from './f41SlowConsumer.ts'
import { clockJumps, clockSkew } from './f42Clocks.ts'
import { drained } from './f54Stops.ts'
import { crashInMigration } from './f55Migration.ts'
import { databaseDamaged } from './f56DatabaseDamaged.ts'
import { settingsDamaged } from './f57Settings.ts'
import { gpuOffTooLong } from './f58Expiry.ts'
import { allRateLimited } from './f59RateLimited.ts'
import { badEncoder } from './f60BadEncoder.ts'
import { clientsCut } from './f61Disconnects.ts'
import { randomSequences } from './f63Model.ts'
import type { FaultCase } from './fault.ts'

/** Every fault of the catalogue that is built, in its order. */
export const CATALOGUE: readonly FaultCase[] = [
  gatewayKilled,
  gatewayKilledAtPoint,
  workerKilled,
  workerKilledAtPoint,
  workerDiesBeforeAck,
  workerDiesInUpload,
  appKilled,
  bothKilled,
  doneButTimedOut,
  storeThrows,
  storeIsBusy,
  diskFull,
  diskFullForLong,
  dataDirGone,
  noDescriptors,
  uploadBroken,
  sameUploadTwice,
  crashInUpload,
  poolDamaged,
  collidingUpload,
  sameRequestAtOnce,
  sameRequestLater,
  wrongResults,
  resultsOutOfOrder,
  workerStopped,
  gatewayStopped,
  gatewayBlocked,
  halfOpen,
  oneWay,
  partitioned,
  slowLine,
  flapping,
  sameWorkerTwice,
  poisonCrashes,
  othersBesideCrashes,
  poisonHangs,
  othersBesideHangs,
  thunderingHerd,
  queueFlood,
  slowLoris,
  slowConsumer,
  clockJumps,
  clockSkew,
  suspended,
  drained,
  crashInMigration,
  databaseDamaged,
  settingsDamaged,
  gpuOffTooLong,
  allRateLimited,
  badEncoder,
  clientsCut,
  randomSequences,
]
