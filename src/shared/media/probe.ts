/** What a media file says of itself, read without trusting its name. */
export interface MediaProbe {
  /** Container by content: `mp4`, `mov`, `webm`, `matroska`, `wav`, `mp3`, `flac`, `ogg`, `adts`, … */
  readonly container: string
  readonly durationMs: number
  readonly sizeBytes: number
  readonly video?: VideoTrackProbe
  readonly audio?: AudioTrackProbe
}

export interface VideoTrackProbe {
  /** `avc`, `hevc`, `vp9`, `av1`, `prores`, … */
  readonly codec: string
  /** Displayed size in pixels, rotation applied. */
  readonly width: number
  readonly height: number
  /** Frames per second; 0 when the file does not tell. */
  readonly fps: number
  /** Clockwise degrees. */
  readonly rotation: number
  readonly pixelFormat?: string
}

export interface AudioTrackProbe {
  readonly codec: string
  /** Hz. */
  readonly sampleRate: number
  readonly channels: number
}
