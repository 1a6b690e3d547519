/**
 * The memory shared by the two threads of a hasher: a ring of slots, filled by the reading thread (which also does
 * SHA-256) and drained by the MD5 thread. No imports: both threads load it, in sources and in bundles.
 */
export const SLOT_COUNT = 16
export const SLOT_BYTES = 512 * 1024

/** Length written in place of data when the file is complete, or will not be. */
export const END_OF_FILE = -1
export const ABANDONED = -2

const PRODUCED = 0
const CONSUMED = 1
const CANCELLED = 2
const FIRST_LENGTH = 3

export interface HashRing {
  readonly control: Int32Array<SharedArrayBuffer>
  readonly data: Uint8Array<SharedArrayBuffer>
}

export function createHashRing(): HashRing {
  return {
    control: new Int32Array(new SharedArrayBuffer((FIRST_LENGTH + SLOT_COUNT) * Int32Array.BYTES_PER_ELEMENT)),
    data: new Uint8Array(new SharedArrayBuffer(SLOT_COUNT * SLOT_BYTES)),
  }
}

/** Only while neither thread is at work. */
export function resetRing(ring: HashRing): void {
  ring.control.fill(0)
}

export function cancelRing(ring: HashRing): void {
  Atomics.store(ring.control, CANCELLED, 1)
}

export function isCancelled(ring: HashRing): boolean {
  return Atomics.load(ring.control, CANCELLED) === 1
}

/** Blocks until slot number `index` (counting for ever) is free, then lends it. */
export function waitForFreeSlot(ring: HashRing, index: number): Uint8Array {
  for (;;) {
    const consumed = Atomics.load(ring.control, CONSUMED)
    if (index - consumed < SLOT_COUNT) return slotOf(ring, index)
    Atomics.wait(ring.control, CONSUMED, consumed)
  }
}

export function publishSlot(ring: HashRing, index: number, lengthBytes: number): void {
  Atomics.store(ring.control, FIRST_LENGTH + (index % SLOT_COUNT), lengthBytes)
  Atomics.store(ring.control, PRODUCED, index + 1)
  Atomics.notify(ring.control, PRODUCED)
}

/** Blocks until slot number `index` is filled; gives its bytes, or how the file ended. */
export function waitForFilledSlot(ring: HashRing, index: number): Uint8Array | typeof END_OF_FILE | typeof ABANDONED {
  for (;;) {
    const produced = Atomics.load(ring.control, PRODUCED)
    if (produced > index) break
    Atomics.wait(ring.control, PRODUCED, produced)
  }
  const lengthBytes = Atomics.load(ring.control, FIRST_LENGTH + (index % SLOT_COUNT))
  if (lengthBytes === END_OF_FILE || lengthBytes === ABANDONED) return lengthBytes
  return slotOf(ring, index).subarray(0, lengthBytes)
}

export function releaseSlot(ring: HashRing, index: number): void {
  Atomics.store(ring.control, CONSUMED, index + 1)
  Atomics.notify(ring.control, CONSUMED)
}

function slotOf(ring: HashRing, index: number): Uint8Array {
  const start = (index % SLOT_COUNT) * SLOT_BYTES
  return ring.data.subarray(start, start + SLOT_BYTES)
}
