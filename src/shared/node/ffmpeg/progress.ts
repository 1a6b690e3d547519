export interface FfmpegProgress {
  /** Position in the output. */
  readonly outTimeMs: number
  readonly frame: number
  /** Times real time; 0 while unknown. */
  readonly speed: number
}

export interface ProgressReader {
  readonly push: (line: string) => void
  readonly totalBytes: number
  readonly outTimeMs: number
}

/** Reads the `key=value` lines of `-progress`; a report ends with the key "progress". */
export function createProgressReader(onProgress: (progress: FfmpegProgress) => void): ProgressReader {
  const fields = new Map<string, number>()
  const read = (key: string): number => fields.get(key) ?? 0
  return {
    push(line) {
      const [key = '', value = ''] = line.split('=', 2)
      if (key === 'progress') {
        onProgress({ outTimeMs: read('out_time_us') / 1000, frame: read('frame'), speed: read('speed') })
        return
      }
      const number = Number.parseFloat(value)
      // "N/A" until the first packet is out.
      if (Number.isFinite(number)) fields.set(key, number)
    },
    get totalBytes() {
      return read('total_size')
    },
    get outTimeMs() {
      return read('out_time_us') / 1000
    },
  }
}
