import { defineErrors } from './entry.ts'

/** What can be wrong between the app, its processes and a gateway. */
export const appErrors = defineErrors({
  GATEWAY_UNREACHABLE: {
    status: 503,
    retryable: true,
    en: [
      'The gateway at {host} does not answer.',
      'Check that it runs and that the network reaches it; waiting work goes on by itself.',
    ],
    zh: ['网关 {host} 没有响应。', '请确认网关已启动且网络可达；恢复后会自动继续。'],
  },
  GATEWAY_NAME_UNKNOWN: {
    status: 503,
    retryable: true,
    en: ['The name {host} is not known on this network.', 'Check the gateway’s address for a typing mistake.'],
    zh: ['无法解析主机名 {host}。', '请检查网关地址是否有误。'],
  },
  GATEWAY_TLS: {
    status: 503,
    retryable: false,
    en: [
      'The certificate of {host} is not trusted: {detail}',
      'Check the address, or ask the studio for its certificate.',
    ],
    zh: ['{host} 的证书不受信任：{detail}', '请检查地址，或向工作室确认证书。'],
  },
  GATEWAY_PLAIN: {
    status: 503,
    retryable: false,
    en: ['What answers at {host} does not speak TLS.', 'Check the port, or ask the studio for its address.'],
    zh: ['{host} 不使用 TLS。', '请检查端口，或向工作室确认地址。'],
  },
  GATEWAY_NOT_OURS: {
    status: 502,
    retryable: false,
    en: ['Something answers at {host}, but it is not a gateway.', 'Check the address and the port.'],
    zh: ['{host} 有响应，但不是网关。', '请检查地址和端口。'],
  },
  GATEWAY_OTHER: {
    status: 409,
    retryable: true,
    en: [
      'The gateway at {host} has this task, and another gateway is in use now.',
      'Switch back to that gateway; the task then goes on by itself.',
    ],
    zh: ['此任务在网关 {host} 上，而当前使用的是另一个网关。', '切换回该网关后，任务会自动继续。'],
  },
  GATEWAY_ADDRESS_INVALID: {
    status: 400,
    retryable: false,
    en: ['“{url}” is not the address of a gateway.', 'Write it in full, such as https://gpu.example.'],
    zh: ['“{url}”不是网关地址。', '请写完整，例如 https://gpu.example。'],
  },
  TLS_REQUIRED: {
    status: 400,
    retryable: false,
    en: ['A gateway on another machine needs https.', 'Write https:// before its address.'],
    zh: ['连接其他机器上的网关需要 https。', '请在地址前使用 https://。'],
  },
  DOWNLOAD_MISMATCH: {
    status: 502,
    retryable: true,
    en: ['The downloaded video differs from the one the server announced.', 'It was not kept; it is fetched again.'],
    zh: ['下载的视频与服务器声明不一致。', '文件未保存，将重新下载。'],
  },
  PROCESS_CRASHED: {
    status: 500,
    retryable: true,
    en: ['A part of the app has stopped ({process}).', 'Restart the app; if it stays, copy the details for support.'],
    zh: ['应用的一个组件已停止运行（{process}）。', '请重启应用；若仍然出现，请复制详情联系支持。'],
  },
  STUDIO_LINK_LOST: {
    status: 503,
    retryable: true,
    en: [
      'The connection to the app was lost while it worked on this.',
      'Look whether it was done, then try again if it was not.',
    ],
    zh: ['处理过程中与应用的连接已断开。', '请先确认是否已完成，未完成时再重试。'],
  },
  PAGE_NOT_BUILT: {
    status: 503,
    retryable: false,
    en: ['The app’s page has not been built yet.', 'Run "npm start", or "npm run build" first.'],
    zh: ['应用页面尚未构建。', '请运行 npm start，或先运行 npm run build。'],
  },
  PAGE_TOKEN_INVALID: {
    status: 401,
    retryable: false,
    en: [
      'This page does not belong to the app that is running now.',
      'Open the address that was printed when the app started.',
    ],
    zh: ['此页面不属于当前运行的应用。', '请打开应用启动时显示的地址。'],
  },
  PORT_IN_USE: {
    status: 409,
    retryable: true,
    en: ['Port {port} is used by another program.', 'Choose another with --port, or stop that program.'],
    zh: ['端口 {port} 已被占用。', '请用 --port 更换端口，或停止占用它的程序。'],
  },
  PORT_INVALID: {
    status: 400,
    retryable: false,
    en: ['“{port}” is not a port.', 'Use a number from 1 to 65535, or 0 for any free one.'],
    zh: ['“{port}”不是有效端口。', '请使用 1–65535，或用 0 自动选择。'],
  },
  PORT_FORBIDDEN: {
    status: 403,
    retryable: false,
    en: ['Port {port} on {host} may not be opened.', 'Use a port above 1023 and an address of this machine.'],
    zh: ['无法在 {host} 上打开端口 {port}。', '请使用 1023 以上的端口和本机地址。'],
  },
  PLAIN_BIND_REFUSED: {
    status: 400,
    retryable: false,
    en: [
      'Listening on {host} would send keys unencrypted.',
      'Put a TLS proxy in front and listen on 127.0.0.1, or say --allow-plain. A gateway also takes --tls-cert and --tls-key.',
    ],
    zh: [
      '监听 {host} 会以明文传输密钥。',
      '请在前面使用 TLS 代理并监听 127.0.0.1，或明确使用 --allow-plain。网关也可使用 --tls-cert 和 --tls-key。',
    ],
  },
  SECRET_WEAK: {
    status: 500,
    retryable: false,
    en: ['The secret {name} is too short or a pattern.', 'Use at least 32 random characters, different for each role.'],
    zh: ['密钥 {name} 过短或过于规律。', '请使用至少 32 个随机字符，且各角色互不相同。'],
  },
  SECRET_SHARED: {
    status: 500,
    retryable: false,
    en: [
      'The secrets {name} and {other} are the same.',
      'Give each role one of its own: whoever has the one could do what the other opens.',
    ],
    zh: ['密钥 {name} 与 {other} 相同。', '请为每个角色使用各自的密钥：否则持有其一者即可使用另一角色的权限。'],
  },
  SECRET_UNREADABLE: {
    status: 500,
    retryable: false,
    en: [
      'The secret file “{file}” cannot be used.',
      'It must be a readable file with one line, the secret; credentials.json holds license_key, worker_secret and admin_token as JSON.',
    ],
    zh: [
      '密钥文件“{file}”无法使用。',
      '该文件须可读且只有一行，即密钥本身；credentials.json 须为包含 license_key、worker_secret 和 admin_token 的 JSON。',
    ],
  },
  CREDENTIALS_NOT_FOUND: {
    status: 404,
    retryable: false,
    en: [
      'The folder “{folder}” holds no credentials.json: no gateway was ever started with it.',
      'Give --data the folder that the gateway has, or --token-file, or DHS_ADMIN_TOKEN.',
    ],
    zh: [
      '目录“{folder}”中没有 credentials.json：没有网关用它启动过。',
      '请用 --data 指定网关自己的数据目录，或使用 --token-file、DHS_ADMIN_TOKEN。',
    ],
  },
  WORKER_REFUSED: {
    status: 401,
    retryable: false,
    en: [
      'The gateway did not accept this worker.',
      'Check the worker secret (credentials.json in the gateway’s data folder).',
    ],
    zh: ['网关拒绝了此执行端。', '请检查执行端密钥（网关数据目录中的 credentials.json）。'],
  },
  HANDLE_UNKNOWN: {
    status: 404,
    retryable: false,
    en: ['That file is not open any more.', 'Choose it again.'],
    zh: ['该文件已不再打开。', '请重新选择。'],
  },
  HISTORY_NOT_FOUND: {
    status: 404,
    retryable: false,
    en: ['That entry is not in the history.', 'It may have been deleted.'],
    zh: ['历史中没有这条记录。', '它可能已被删除。'],
  },
  SETTING_INVALID: {
    status: 400,
    retryable: false,
    en: ['The setting “{setting}” cannot have that value.', '{detail}'],
    zh: ['设置“{setting}”不能使用该值。', '{detail}'],
  },
  IPC_SCHEMA: {
    status: 400,
    retryable: false,
    en: [
      'The app sent a request in a form it does not know itself.',
      'Restart the app; if it stays, copy the details for support.',
    ],
    zh: ['应用内部请求格式不正确。', '请重启应用；若仍然出现，请复制详情联系支持。'],
  },
  IPC_SENDER: {
    status: 403,
    retryable: false,
    en: ['A request from an unknown window was refused.', 'Use the app’s own window.'],
    zh: ['已拒绝来自未知窗口的请求。', '请使用应用自己的窗口。'],
  },
  IPC_RATE: {
    status: 429,
    retryable: true,
    en: [
      'The app’s window sent too many requests at once.',
      'Wait a second; if it stays, restart the app and copy the details for support.',
    ],
    zh: ['应用窗口短时间内发送了过多请求。', '请稍等一秒；若仍然出现，请重启应用并复制详情联系支持。'],
  },
  NOT_AVAILABLE_HERE: {
    status: 400,
    retryable: false,
    en: ['This cannot be done in the browser.', 'Use the desktop app, or download the file.'],
    zh: ['浏览器中无法执行此操作。', '请使用桌面应用，或下载文件。'],
  },
})
