import type { FileView } from '../../protocol/studio/index.ts'
import { AppError } from '../../shared/index.ts'
import type { StudioClient } from '../studio/index.ts'
import { answer } from './fakeState.ts'
import type { FakeDeps } from './fakeState.ts'
import { sampleFile, sampleVoice } from './samples.ts'

export function fakeFiles(deps: FakeDeps): StudioClient['files'] {
  const view = (handle: string): FileView => {
    const found = [...deps.state.files.values()].find((file) => file.handle === handle)
    if (found === undefined) throw new AppError('HANDLE_UNKNOWN')
    return found
  }
  return {
    pick: ({ role }) => answer(deps, 'files.pick', () => [role === 'avatar' ? sampleFile() : sampleVoice()]),
    describe: ({ handle }) => answer(deps, 'files.describe', () => view(handle)),
    release: () => answer(deps, 'files.release', () => undefined),
    peaks: ({ count }) =>
      answer(deps, 'files.peaks', () => ({
        peaks: Array.from({ length: count }, (_, at) => speechLike(at / count)),
        durationMs: 8_034,
      })),
    samples: () => answer(deps, 'files.samples', () => ({ avatar: sampleFile(), voice: sampleVoice() })),
  }
}

/** Loudness that looks like sentences: words of uneven strength with breaths between. */
function speechLike(at: number): number {
  const sentence = Math.max(0, Math.sin(at * 19)) ** 0.4
  const word = 0.35 + 0.65 * Math.abs(Math.sin(at * 97) * Math.cos(at * 41))
  return Math.min(1, 0.03 + 0.85 * sentence * word)
}
