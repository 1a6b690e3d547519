import { defineErrors } from './entry.ts'

/** Refusals of the HTTP and Socket.IO doors, before any rule of the product is reached. */
export const httpErrors = defineErrors({
  BAD_REQUEST: {
    status: 400,
    retryable: false,
    en: ['The request is not well-formed.', 'Check the address and headers that the client sends.'],
    zh: ['请求格式不正确。', '请检查客户端发送的地址和请求头。'],
  },
  HOST_NOT_ALLOWED: {
    status: 421,
    retryable: false,
    en: ['This server does not answer under that name.', 'Use the address printed when it started.'],
    zh: ['服务器不接受该主机名。', '请使用启动时显示的地址。'],
  },
  ORIGIN_NOT_ALLOWED: {
    status: 403,
    retryable: false,
    en: ['Requests from that web page are not allowed.', 'Open the app itself instead of another page.'],
    zh: ['不允许来自该网页的请求。', '请直接打开本应用，而不是其他网页。'],
  },
  CONTENT_TYPE: {
    status: 415,
    retryable: false,
    en: [
      'This route takes another content type.',
      'Send application/json in UTF-8 (or multipart/form-data for uploads).',
    ],
    zh: ['该接口不接受此内容类型。', '请使用 UTF-8 的 application/json（上传使用 multipart/form-data）。'],
  },
  ENCODING_NOT_SUPPORTED: {
    status: 415,
    retryable: false,
    en: ['Compressed request bodies are not accepted.', 'Send the body without Content-Encoding.'],
    zh: ['不接受压缩的请求体。', '发送时请不要使用 Content-Encoding。'],
  },
  AUTH_REQUIRED: {
    status: 401,
    retryable: false,
    en: ['A licence key is needed.', 'Enter it under “Change connection…”, or pass --license-key-file.'],
    zh: ['需要许可证密钥。', '请在“更改连接…”中填写，或使用 --license-key-file。'],
  },
  AUTH_INVALID: {
    status: 401,
    retryable: false,
    en: ['The licence key was not accepted.', 'Check the key for missing characters, or ask the studio for a new one.'],
    zh: ['许可证密钥无效。', '请检查密钥是否缺字，或向工作室索取新的密钥。'],
  },
  ADMIN_AUTH_REQUIRED: {
    status: 401,
    retryable: false,
    en: ['The admin token is needed.', 'Give --data, --token-file or DHS_ADMIN_TOKEN.'],
    zh: ['需要管理员令牌。', '请使用 --data、--token-file 或 DHS_ADMIN_TOKEN 提供。'],
  },
  ADMIN_AUTH_INVALID: {
    status: 401,
    retryable: false,
    en: [
      'The admin token was not accepted.',
      'The gateway’s is DHS_ADMIN_TOKEN of its own environment (gateway.env) where that is set, otherwise admin_token of its credentials.json. dhs sends the one of --token-file, else DHS_ADMIN_TOKEN, else that of --data.',
    ],
    zh: [
      '管理员令牌无效。',
      '网关环境（gateway.env）中设置了 DHS_ADMIN_TOKEN 时以其为准，否则以其 credentials.json 中的 admin_token 为准。dhs 依次使用 --token-file、DHS_ADMIN_TOKEN、--data 中的令牌。',
    ],
  },
  FORBIDDEN: {
    status: 403,
    retryable: false,
    en: ['This key does not open that.', 'Use the credential that is meant for it.'],
    zh: ['该密钥无权访问。', '请使用对应的凭据。'],
  },
  TOKEN_IN_URL: {
    status: 400,
    retryable: false,
    en: ['Keys are not accepted in the address.', 'Send the key in the Authorization header.'],
    zh: ['不接受写在网址中的密钥。', '请用 Authorization 请求头发送密钥。'],
  },
  JSON_INVALID: {
    status: 400,
    retryable: false,
    en: ['The request body is not valid JSON.', 'Send one JSON object in UTF-8, without a byte order mark.'],
    zh: ['请求体不是有效的 JSON。', '请发送一个 UTF-8 编码、不带 BOM 的 JSON 对象。'],
  },
  JSON_TOO_DEEP: {
    status: 400,
    retryable: false,
    en: ['The request body is nested too deeply.', 'At most 32 levels are accepted.'],
    zh: ['请求体嵌套过深。', '最多接受 32 层。'],
  },
  SCHEMA: {
    status: 400,
    retryable: false,
    en: ['A field is missing or has the wrong form.', 'Compare the request with the reference at /docs.'],
    zh: ['缺少字段或字段格式不正确。', '请对照 /docs 的接口说明。'],
  },
  BODY_TOO_LARGE: {
    status: 413,
    retryable: false,
    en: ['The request body is too large.', 'JSON bodies may have 256 KiB; files go through the upload routes.'],
    zh: ['请求体过大。', 'JSON 请求体上限 256 KiB；文件请使用上传接口。'],
  },
  HEADERS_TOO_LARGE: {
    status: 431,
    retryable: false,
    en: ['The request headers are too large.', 'Headers may have 8 KiB in all.'],
    zh: ['请求头过大。', '请求头总计上限 8 KiB。'],
  },
  ROUTE_NOT_FOUND: {
    status: 404,
    retryable: false,
    en: ['There is nothing at this address.', 'The list of routes is at /docs.'],
    zh: ['该地址不存在。', '接口列表见 /docs。'],
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    retryable: false,
    en: ['This address does not take that method.', 'The list of routes is at /docs.'],
    zh: ['该地址不支持此请求方法。', '接口列表见 /docs。'],
  },
  RATE_LIMITED: {
    status: 429,
    retryable: true,
    en: [
      'Too many requests in a short time.',
      'Wait for the time given in Retry-After, then try again; the app does so by itself.',
    ],
    zh: ['短时间内请求过多。', '请等待 Retry-After 指定的时间后重试；应用会自动重试。'],
  },
  SOCKETS_FULL_TENANT: {
    status: 429,
    retryable: true,
    en: [
      'This licence key has too many open connections.',
      'Close an app that is not used; it connects by itself then.',
    ],
    zh: ['该许可证打开的连接过多。', '请关闭不用的应用，之后会自动连接。'],
  },
  RANGE_NOT_SATISFIABLE: {
    status: 416,
    retryable: false,
    en: ['That part of the file does not exist.', 'Ask for one range inside the file.'],
    zh: ['请求的文件范围不存在。', '请只请求文件内的一个范围。'],
  },
  REQUEST_TIMEOUT: {
    status: 408,
    retryable: true,
    en: ['The request took too long to arrive.', 'Check the network; the client tries again by itself.'],
    zh: ['请求传输超时。', '请检查网络；客户端会自动重试。'],
  },
  VERSION_UNSUPPORTED: {
    status: 426,
    retryable: false,
    en: ['This version of the protocol is not supported.', 'Update the older side; supported: {supported}.'],
    zh: ['不支持此协议版本。', '请升级较旧的一端；支持的版本：{supported}。'],
  },
  NS_FORBIDDEN: {
    status: 403,
    retryable: false,
    en: ['There is no such event channel.', 'Connect to the default namespace.'],
    zh: ['没有该事件通道。', '请连接默认命名空间。'],
  },
  SHUTTING_DOWN: {
    status: 503,
    retryable: true,
    en: ['The gateway is stopping.', 'The client goes on by itself when it is back.'],
    zh: ['网关正在停止。', '网关恢复后客户端会自动继续。'],
  },
  INTERNAL: {
    status: 500,
    retryable: true,
    en: [
      'Something went wrong on our side.',
      'Try again; if it stays, copy the details for support (id {request_id}).',
    ],
    zh: ['程序内部出现错误。', '请重试；若仍然出现，请复制详情联系支持（编号 {request_id}）。'],
  },
})
