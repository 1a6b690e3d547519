import { defineErrors } from './entry.ts'

/** What can be wrong with files and folders of this PC. */
export const fileErrors = defineErrors({
  FILE_NOT_FOUND: {
    status: 404,
    retryable: false,
    en: ['“{file}” does not exist.', 'Check the name, or choose the file again.'],
    zh: ['“{file}”不存在。', '请检查文件名，或重新选择。'],
  },
  FILE_UNREADABLE: {
    status: 403,
    retryable: false,
    en: ['“{file}” cannot be read.', 'Check its permissions, or copy it to a folder of yours.'],
    zh: ['无法读取“{file}”。', '请检查权限，或复制到您自己的文件夹。'],
  },
  NOT_A_FILE: {
    status: 422,
    retryable: false,
    en: ['“{file}” is not a file.', 'Choose a video or sound file, not a folder or device.'],
    zh: ['“{file}”不是文件。', '请选择音视频文件，而不是文件夹或设备。'],
  },
  INPUT_CHANGED: {
    status: 409,
    retryable: true,
    en: [
      '“{file}” changed while it was being read.',
      'Wait until the other program has finished writing, then try again.',
    ],
    zh: ['“{file}”在读取过程中发生了变化。', '请等待其他程序写完后再试。'],
  },
  OUTPUT_EXISTS: {
    status: 409,
    retryable: false,
    en: ['“{file}” already exists.', 'Choose another name; nothing was overwritten.'],
    zh: ['“{file}”已存在。', '请更换文件名；未覆盖任何文件。'],
  },
  OUTPUT_TAKEN: {
    status: 409,
    retryable: false,
    en: ['Another task is making “{file}”.', 'Choose another name, or cancel that task first.'],
    zh: ['另一个任务正在生成“{file}”。', '请更换文件名，或先取消该任务。'],
  },
  OUTPUT_UNWRITABLE: {
    status: 403,
    retryable: false,
    en: ['“{file}” cannot be written.', 'Choose a folder that exists and that you may write to.'],
    zh: ['无法写入“{file}”。', '请选择存在且有写入权限的文件夹。'],
  },
  NAME_INVALID: {
    status: 400,
    retryable: false,
    en: ['That name cannot be used for a file.', 'Leave out slashes and control characters.'],
    zh: ['该名称不能用作文件名。', '请去掉斜杠和控制字符。'],
  },
  DATA_DIR_UNWRITABLE: {
    status: 500,
    retryable: false,
    en: ['The data folder “{file}” cannot be written.', 'Check its permissions, or choose another with --data.'],
    zh: ['数据目录“{file}”无法写入。', '请检查权限，或用 --data 选择其他目录。'],
  },
  DB_IN_USE: {
    status: 409,
    retryable: true,
    en: [
      'The data folder “{file}” is used by another running copy (process {pid}).',
      'Close that one, or use another folder with --data.',
    ],
    zh: ['数据目录“{file}”正被另一个程序使用（进程 {pid}）。', '请先关闭它，或用 --data 使用其他目录。'],
  },
  DB_FROM_FUTURE: {
    status: 500,
    retryable: false,
    en: ['The data in “{file}” was written by a newer version.', 'Update this program; the data is untouched.'],
    zh: ['“{file}”中的数据由更新的版本写入。', '请升级本程序；数据未被改动。'],
  },
  DB_CORRUPT: {
    status: 500,
    retryable: false,
    en: [
      'The data file “{file}” is damaged.',
      'It was left as it is. Restore it from a backup, or start with another --data folder.',
    ],
    zh: ['数据文件“{file}”已损坏。', '文件保持原样。请从备份恢复，或用其他 --data 目录启动。'],
  },
  DB_BUSY: {
    status: 503,
    retryable: true,
    en: ['The database is busy.', 'It is tried again by itself.'],
    zh: ['数据库繁忙。', '会自动重试。'],
  },
  STORE_UNAVAILABLE: {
    status: 503,
    retryable: true,
    en: ['The data cannot be read or written just now.', 'It is tried again by itself; check the disk if this lasts.'],
    zh: ['暂时无法读写数据。', '会自动重试；若持续出现，请检查磁盘。'],
  },
  SQLITE_TOO_OLD: {
    status: 500,
    retryable: false,
    en: [
      'SQLite {version} can lose data and is not used.',
      'Run this program on Node 24 ({needed} or newer is needed).',
    ],
    zh: ['SQLite {version} 可能丢失数据，已停止使用。', '请使用 Node 24 运行（需要 {needed} 或更新版本）。'],
  },
})
