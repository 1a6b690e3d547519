import { defineErrors } from './entry.ts'

/** Refusals of the file pool. */
export const poolErrors = defineErrors({
  HASH_FORMAT: {
    status: 400,
    retryable: false,
    en: ['The file hash has the wrong form.', 'Send the MD5 as 32 lower-case hex digits.'],
    zh: ['文件哈希格式不正确。', '请发送 32 位小写十六进制的 MD5。'],
  },
  EXT_NOT_ALLOWED: {
    status: 400,
    retryable: false,
    en: ['This file type is not accepted.', 'Accepted: {accepted}.'],
    zh: ['不接受此文件类型。', '可用类型：{accepted}。'],
  },
  INPUT_MISSING: {
    status: 422,
    retryable: false,
    en: ['A file of this task is not in the pool: {missing}.', 'Upload it first, then submit again.'],
    zh: ['文件池中缺少此任务的文件：{missing}。', '请先上传该文件，再提交。'],
  },
  INPUT_CORRUPT: {
    status: 422,
    retryable: false,
    en: ['A file of this task was damaged on the server.', 'Compose again: the file is uploaded anew.'],
    zh: ['服务器上此任务的文件已损坏。', '请重新合成，文件会重新上传。'],
  },
  HASH_MISMATCH: {
    status: 422,
    retryable: false,
    en: ['The file that arrived is not the one announced.', 'It was not kept. Upload it again.'],
    zh: ['收到的文件与声明不一致。', '文件未保存，请重新上传。'],
  },
  HASH_COLLISION: {
    status: 409,
    retryable: false,
    en: ['Another file with the same MD5 is already stored.', 'Re-encode or re-save this file, then use it.'],
    zh: ['已存在 MD5 相同但内容不同的文件。', '请将此文件重新编码或另存后再使用。'],
  },
  LENGTH_MISMATCH: {
    status: 422,
    retryable: false,
    en: ['The upload has not the length announced.', 'It was not kept. Upload it again.'],
    zh: ['上传长度与声明不一致。', '文件未保存，请重新上传。'],
  },
  OFFSET_MISMATCH: {
    status: 409,
    retryable: true,
    en: ['The upload goes on at another place.', 'Ask for the current offset ({offset}) and go on there.'],
    zh: ['续传位置不一致。', '请查询当前位置（{offset}）后继续。'],
  },
  FILE_TOO_LARGE: {
    status: 413,
    retryable: false,
    en: ['The file is larger than this server takes ({limit}).', 'Shorten or compress it.'],
    zh: ['文件超过服务器上限（{limit}）。', '请缩短或压缩后再试。'],
  },
  QUOTA: {
    status: 507,
    retryable: false,
    en: ['Your space on the server is used up.', 'Delete assets or old results, or ask the studio for more.'],
    zh: ['您在服务器上的空间已用完。', '请删除素材或旧视频，或向工作室申请更多空间。'],
  },
  ASSET_NOT_FOUND: {
    status: 404,
    retryable: false,
    en: ['There is no such asset.', 'Look at the list again: it may have been deleted.'],
    zh: ['没有该素材。', '请刷新列表：它可能已被删除。'],
  },
  ASSET_IN_USE: {
    status: 409,
    retryable: true,
    en: ['A running task uses this file.', 'It is removed by itself when the task has ended.'],
    zh: ['有任务正在使用该文件。', '任务结束后会自动删除。'],
  },
  UPLOADS_FULL: {
    status: 429,
    retryable: true,
    en: ['{limit} uploads are under way already.', 'It goes on by itself when one of them has ended.'],
    zh: ['已有 {limit} 个上传正在进行。', '其中一个结束后会自动继续。'],
  },
  DOWNLOADS_FULL: {
    status: 429,
    retryable: true,
    en: ['{limit} downloads are under way already.', 'It goes on by itself when one of them has ended.'],
    zh: ['已有 {limit} 个下载正在进行。', '其中一个结束后会自动继续。'],
  },
  DISK_FULL: {
    status: 507,
    retryable: true,
    en: ['The disk is full ({where}).', 'Free some space there; it goes on by itself or with Retry.'],
    zh: ['磁盘空间不足（{where}）。', '请清理空间；之后会自动继续，或点击重试。'],
  },
  POOL_FILE_NOT_FOUND: {
    status: 404,
    retryable: false,
    en: ['The pool has no such file.', 'Upload it first.'],
    zh: ['文件池中没有该文件。', '请先上传。'],
  },
  UPLOAD_NOT_FOUND: {
    status: 404,
    retryable: true,
    en: ['This upload is not known any more.', 'It starts again from the beginning by itself.'],
    zh: ['该上传记录已失效。', '会自动从头重新上传。'],
  },
  UPLOAD_LOCKED: {
    status: 423,
    retryable: true,
    en: ['This upload is being written by another connection.', 'It goes on by itself in a moment.'],
    zh: ['该上传正由另一个连接写入。', '稍后会自动继续。'],
  },
})
