import type { Language } from '../../protocol/errors/index.ts'

/** Headings and sentences of the operators' commands. States and classes stay as they are typed in `--state`. */
const WORDS = {
  id: ['ID', '编号'],
  state: ['STATE', '状态'],
  tenant: ['TENANT', '租户'],
  class: ['CLASS', '优先级'],
  created: ['CREATED', '创建'],
  server: ['SERVER', '服务器'],
  message: ['MESSAGE', '说明'],
  ended: ['ENDED', '结束'],
  runs: ['RUNS', '运行次数'],
  stalls: ['LOST', '失联次数'],
  why: ['WHY', '原因'],
  name: ['NAME', '名称'],
  running: ['RUNNING', '运行'],
  engine: ['ENGINE', '引擎'],
  load: ['LOAD', '负载'],
  seen: ['LAST SEEN', '最近联系'],
  power: ['POWER', '电源'],
  used: ['LAST USED', '最近使用'],
  waiting: ['WAITING', '等待'],
  setting: ['SETTING', '设置'],
  value: ['VALUE', '值'],
  when: ['WHEN', '时间'],
  what: ['WHAT', '事件'],

  dispatch: ['Strategy {strategy}; power hook: {hook}.', '分配策略 {strategy}；电源钩子：{hook}。'],
  boot: ['starts in about {time}', '启动约需 {time}'],
  noHook: ['none', '无'],

  actor: ['WHO', '操作者'],
  address: ['FROM', '来源'],
  call: ['CALL', '接口'],

  noAudit: ['Nothing was written down.', '没有记录。'],
  noTasks: ['No tasks.', '没有任务。'],
  noDead: ['No dead letters.', '没有死信任务。'],
  noServers: [
    'No GPU server is known: none has connected yet, or all were removed.',
    '没有已知的 GPU 服务器：尚未连接过，或已全部移除。',
  ],
  more: ['More: add --cursor {cursor}', '更多：加上 --cursor {cursor}'],
  retryHint: ['Run one again: dhs tasks retry ID', '重新运行：dhs tasks retry 编号'],

  cancelled: ['Cancelled {id}.', '已取消 {id}。'],
  cancelling: [
    '{server} was asked to stop {id}; it ends within 30 seconds.',
    '已通知 {server} 停止 {id}，30 秒内结束。',
  ],
  retried: ['{id} runs again as {next}.', '{id} 已作为 {next} 重新运行。'],
  retriedBefore: [
    '{id} was run again before, as {next} ({state}). Once more: add --again',
    '{id} 此前已作为 {next} 重新运行（{state}）。再次运行：加上 --again',
  ],
  moved: ['{id} is now {priority}.', '{id} 的优先级已改为 {priority}。'],
  front: ['{id} is next of its class.', '{id} 已排到同级最前。'],

  powerNow: ['Power hook: {hook}; GPU servers: {state}.', '电源钩子：{hook}；GPU 服务器：{state}。'],
  hook: ['set', '已配置'],
  result: ['RESULT', '结果'],
  succeeded: ['done', '成功'],
  failed: ['failed', '失败'],
  cause: ['CAUSE', '起因'],
  action: ['ACTION', '动作'],

  drained: ['{id} takes nothing new.', '{id} 不再接收新任务。'],
  drainedBusy: [
    '{id} takes nothing new; what runs there ends first ({running}).',
    '{id} 不再接收新任务；正在运行的 {running} 个任务会先完成。',
  ],
  resumed: ['{id} takes tasks again.', '{id} 已恢复接收任务。'],
  removed: ['{id} is forgotten.', '{id} 已移除。'],
  powerDone: ['The power hook turned it {action}: {msg}', '电源钩子已执行（{action}）：{msg}'],
  powerUnneeded: ['The power hook was not called: {msg}', '未调用电源钩子：{msg}'],
  powerFailed: ['The power hook failed: {msg}', '电源钩子执行失败：{msg}'],

  paused: [
    'Paused: nothing more is given to workers; what runs goes on.',
    '已暂停：不再向执行端分配任务，运行中的任务继续。',
  ],
  unpaused: ['The queue goes on.', '队列已恢复。'],
  queueOn: ['The queue gives tasks out.', '队列正常分配任务。'],
  waits: [
    '{queued} waiting ({classes}), the oldest for {oldest}.',
    '{queued} 个等待（{classes}），最早已等 {oldest}。',
  ],
  nothingWaits: ['Nothing waits.', '没有等待的任务。'],
  apart: [
    '{backingOff} of them wait out a back-off, {suspects} want a server to themselves.',
    '其中 {backingOff} 个在退避中，{suspects} 个需独占服务器。',
  ],
  errands: [
    'Besides, {targeted} removals of deleted assets wait for the server that has the files.',
    '另有 {targeted} 个已删除素材的清除任务在等待存有文件的服务器。',
  ],
  live: ['{live} running ({states}).', '{live} 个运行中（{states}）。'],
  backedUp: ['Last backup of the database: {when}.', '数据库最近一次备份：{when}。'],
  notBackedUp: ['No backup of the database yet.', '数据库尚无备份。'],
  restored: [
    'ATTENTION: the database was put back to a backup {when}. It is as of {stateOf}; what came later is not known: see “Restore” in docs/operations.md.',
    '注意：数据库已于{when}恢复到 {stateOf} 的备份状态，其后的内容未知：参见 docs/operations.md 的 “Restore” 一节。',
  ],
  over: ['Ended and kept: {states}.', '已结束并保留：{states}。'],

  keyMade: [
    'Licence key {id} of {name} (tenant {tenant}). It is shown this once:',
    '{name} 的许可证密钥 {id}（租户 {tenant}）。仅显示这一次：',
  ],
  keyTenantNew: ['That tenant is new: until now no key opened it.', '该租户为新租户：此前没有密钥可以打开。'],
  keyRevoked: ['{id} opens nothing any more; its connections are closed.', '{id} 已吊销，其连接已关闭。'],
  keyAlready: ['{id} was revoked before.', '{id} 此前已吊销。'],
  keyOfFile: ['credentials file', '凭据文件'],
  keyActive: ['active', '有效'],
  keyGone: ['revoked {when}', '{when}吊销'],
  never: ['never', '从未'],

  settingChanged: ['{name}: {before} → {after}', '{name}：{before} → {after}'],
} as const satisfies Readonly<Record<string, readonly [en: string, zh: string]>>

export type Word = keyof typeof WORDS

/** One of them in the terminal's language, with its blanks filled. */
export function say(language: Language, word: Word, values: Readonly<Record<string, string | number>> = {}): string {
  const [en, zh] = WORDS[word]
  return (language === 'zh-CN' ? zh : en).replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? '–'))
}

export function headings(language: Language, words: readonly Word[]): readonly string[] {
  return words.map((word) => say(language, word))
}
