const FINAL_TEXT = 0x81
const LENGTH_16 = 126
const LENGTH_64 = 127

/** A whole, unmasked WebSocket text frame (RFC 6455 §5.2), as a server sends it: made once, written to many sockets. */
export function textFrame(text: string): Buffer {
  const lengthBytes = Buffer.byteLength(text)
  const headBytes = lengthBytes < LENGTH_16 ? 2 : lengthBytes < 0x10000 ? 4 : 10
  const frame = Buffer.allocUnsafe(headBytes + lengthBytes)
  frame[0] = FINAL_TEXT
  if (headBytes === 2) frame[1] = lengthBytes
  else if (headBytes === 4) {
    frame[1] = LENGTH_16
    frame.writeUInt16BE(lengthBytes, 2)
  } else {
    frame[1] = LENGTH_64
    frame.writeBigUInt64BE(BigInt(lengthBytes), 2)
  }
  frame.write(text, headBytes)
  return frame
}
