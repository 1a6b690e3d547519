/** Smaller ones may be pieces of Node's shared pool, and are not worth it. */
const MIN_BYTES = 16 * 1024

/**
 * Gives the memory of a chunk back now; its bytes cannot be read afterwards. Only for chunks nobody else holds. The
 * garbage collector takes a chunk for a few words, and lets tens of megabytes of them pile up while a file streams by.
 */
export function freeBytes(chunk: Uint8Array): void {
  const { buffer, byteLength } = chunk
  const isWhole = buffer instanceof ArrayBuffer && byteLength === buffer.byteLength
  if (isWhole && byteLength >= MIN_BYTES) buffer.transfer(0)
}
