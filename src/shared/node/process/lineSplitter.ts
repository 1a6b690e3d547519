import { StringDecoder } from 'node:string_decoder'

/** A line longer than this is handed over in pieces, so that output without line ends cannot fill the memory. */
const MAX_LINE_CHARACTERS = 64 * 1024

export interface LineSplitter {
  push(chunk: Uint8Array): void
  /** Hands over what is left; call once at the end. */
  end(): void
}

/** Splits UTF-8 at \n, \r\n and \r: tools overwrite their progress line with a bare \r. */
export function createLineSplitter(onLine: (line: string) => void): LineSplitter {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  const take = (text: string): void => {
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line)
    if (rest.length > MAX_LINE_CHARACTERS) {
      onLine(rest)
      rest = ''
    }
  }
  return {
    push(chunk) {
      take(decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)))
    },
    end() {
      take(decoder.end())
      if (rest !== '') onLine(rest.replace(/\r$/, ''))
      rest = ''
    },
  }
}

/** Keeps the last `limitBytes` of a stream. */
export function createTail(limitBytes: number): { push(chunk: Uint8Array): void; text(): string } {
  let tail = Buffer.alloc(0)
  return {
    push(chunk) {
      tail = Buffer.concat([tail, chunk]).subarray(-limitBytes)
    },
    text: () => tail.toString('utf8'),
  }
}
