import { defineErrors } from './entry.ts'

/** Refusals of the operators' routes. */
export const adminErrors = defineErrors({
  SERVER_NOT_FOUND: {
    status: 404,
    retryable: false,
    en: ['The gateway knows no such server.', '“dhs servers list” shows those it knows.'],
    zh: ['网关上没有这台服务器。', '可用“dhs servers list”查看已知服务器。'],
  },
  SERVER_CONNECTED: {
    status: 409,
    retryable: false,
    en: ['The server is connected.', 'Stop its worker first, or drain it instead.'],
    zh: ['该服务器仍处于连接状态。', '请先停止其执行端，或改用停止接收任务。'],
  },
  SERVER_RUNNING: {
    status: 409,
    retryable: true,
    en: [
      'The server still runs a task.',
      'Wait until it has ended, or until the server has been away for two minutes.',
    ],
    zh: ['该服务器仍在运行任务。', '请等待任务结束，或在其离线两分钟后再试。'],
  },
  ID_AMBIGUOUS: {
    status: 409,
    retryable: false,
    en: ['More than one id begins with {id}.', 'Give more of its digits.'],
    zh: ['不止一个编号以 {id} 开头。', '请多输入几位。'],
  },
  KEY_NOT_FOUND: {
    status: 404,
    retryable: false,
    en: ['There is no such licence key.', '“dhs keys list” shows the ids of all.'],
    zh: ['没有这个许可证密钥。', '可用“dhs keys list”查看所有编号。'],
  },
  SETTING_VALUE: {
    status: 400,
    retryable: false,
    en: ['The setting {setting} cannot be “{value}”.', 'It takes: {accepted}. Numbers are whole, without a unit.'],
    zh: ['设置 {setting} 不能是“{value}”。', '可用：{accepted}。数字须为整数，不带单位。'],
  },
  THRESHOLDS_APART: {
    status: 400,
    retryable: false,
    en: [
      'These do not fit together: min_threshold {min}, default_threshold {default}, max_threshold {max}.',
      'None may be greater than the next. Change the one in the way first.',
    ],
    zh: [
      '以下设置互相矛盾：min_threshold {min}、default_threshold {default}、max_threshold {max}。',
      '前一项不得大于后一项，请先修改冲突的那一项。',
    ],
  },
  TENANT_INVALID: {
    status: 400,
    retryable: false,
    en: [
      '“{tenant}” cannot be the name of a tenant.',
      'Use 1 to 64 of a to z, 0 to 9 and dashes inside, such as studio-2; “admin” and names of devices (con, nul, com1) are taken. What people read goes into --name.',
    ],
    zh: [
      '“{tenant}”不能用作租户名。',
      '请使用 1 至 64 个小写字母、数字和中间的连字符，例如 studio-2；admin 和设备名（con、nul、com1）不可用。供人阅读的名称请写在 --name 中。',
    ],
  },
  KEY_TAKEN: {
    status: 500,
    retryable: false,
    en: [
      'The licence key of the credentials file (or DHS_LICENSE_KEY) was made by “dhs keys add” as {id}.',
      'Put another random key there: each key opens one tenant only, and a revoked one nothing.',
    ],
    zh: [
      '凭据文件（或 DHS_LICENSE_KEY）中的许可证密钥是由“dhs keys add”生成的 {id}。',
      '请在其中换用另一个随机密钥：每个密钥只对应一个租户，已吊销的密钥不再有效。',
    ],
  },
  KEY_OF_THE_FILE: {
    status: 409,
    retryable: false,
    en: [
      'This key is the one of the gateway’s credentials file.',
      'Change it there (or DHS_LICENSE_KEY) and restart the gateway.',
    ],
    zh: ['该密钥来自网关的凭据文件。', '请在文件中（或 DHS_LICENSE_KEY）更换并重启网关。'],
  },
})
