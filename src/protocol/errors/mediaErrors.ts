import { defineErrors } from './entry.ts'

/** What can be wrong with a video or a sound. `{file}` is the person's own file name. */
export const mediaErrors = defineErrors({
  MEDIA_EMPTY: {
    status: 422,
    retryable: false,
    en: ['“{file}” is empty.', 'Choose the file again, or export it anew.'],
    zh: ['“{file}”是空文件。', '请重新选择，或重新导出。'],
  },
  MEDIA_INVALID: {
    status: 422,
    retryable: false,
    en: [
      '“{file}” is not a video or sound that can be read.',
      'Open it in a player; if it does not play, export it anew.',
    ],
    zh: ['“{file}”不是可读取的视频或音频。', '请用播放器打开检查；若无法播放，请重新导出。'],
  },
  MEDIA_TRUNCATED: {
    status: 422,
    retryable: false,
    en: ['“{file}” breaks off before its end.', 'The copy or download was cut short: fetch the file again.'],
    zh: ['“{file}”不完整。', '复制或下载中断，请重新获取该文件。'],
  },
  MEDIA_FORMAT_NOT_ALLOWED: {
    status: 422,
    retryable: false,
    en: [
      '“{file}” is no recording, but a picture or a list that points to other files.',
      'Choose the video or sound file itself.',
    ],
    zh: ['“{file}”不是音视频，而是图片或指向其他文件的列表。', '请选择音视频文件本身。'],
  },
  MEDIA_LIMIT: {
    status: 422,
    retryable: false,
    en: ['“{file}” is outside the limits: {limit}.', 'Convert or shorten it, then choose it again.'],
    zh: ['“{file}”超出限制：{limit}。', '请转换或剪短后再选择。'],
  },
  MEDIA_TOO_LARGE: {
    status: 422,
    retryable: false,
    en: ['The picture of “{file}” is too large: {limit}.', 'Scale it down, then choose it again.'],
    zh: ['“{file}”的画面过大：{limit}。', '请缩小后再选择。'],
  },
  CODEC_UNSUPPORTED: {
    status: 422,
    retryable: false,
    en: ['“{file}” uses {codec}, which cannot be read here.', 'Export it as H.264 (video) or WAV, MP3 (sound).'],
    zh: ['“{file}”使用的 {codec} 编码无法读取。', '请导出为 H.264 视频或 WAV、MP3 音频。'],
  },
  NO_VIDEO: {
    status: 422,
    retryable: false,
    en: ['“{file}” has no picture.', 'Choose a video of the person as the avatar.'],
    zh: ['“{file}”没有画面。', '请选择人物视频作为形象。'],
  },
  NO_AUDIO: {
    status: 422,
    retryable: false,
    en: ['“{file}” has no sound.', 'Choose a recording as the voice.'],
    zh: ['“{file}”没有声音。', '请选择录音作为配音。'],
  },
  FACE_NOT_FOUND: {
    status: 422,
    retryable: false,
    en: ['The engine found no face in the avatar video.', 'Use a video in which one face looks at the camera.'],
    zh: ['引擎未在形象视频中找到人脸。', '请使用单人正面视频。'],
  },
  RESULT_INVALID: {
    status: 422,
    retryable: true,
    en: ['The engine’s output is not a video that plays.', 'The task can be run again; if it stays, check the engine.'],
    zh: ['引擎输出的文件无法播放。', '可重新运行任务；若仍然出现，请检查引擎。'],
  },
})
