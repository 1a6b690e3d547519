import { fireEvent, screen, waitFor } from '@testing-library/react'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { useComposeDraft } from '../../hooks/composeDraft.ts'
import { renderApp } from '../../testing/renderApp.tsx'
import { sampleFile } from '../../testing/samples.ts'

// jsdom knows media elements but plays nothing: this one keeps what a browser would.
beforeEach(() => {
  let paused = true
  vi.spyOn(HTMLMediaElement.prototype, 'paused', 'get').mockImplementation(() => paused)
  vi.spyOn(HTMLMediaElement.prototype, 'play').mockImplementation(async function play(this: HTMLMediaElement) {
    paused = false
    this.dispatchEvent(new Event('play'))
  })
  vi.spyOn(HTMLMediaElement.prototype, 'pause').mockImplementation(function pause(this: HTMLMediaElement) {
    paused = true
    this.dispatchEvent(new Event('pause'))
  })
  return () => vi.restoreAllMocks()
})

async function openStage() {
  const view = await renderApp()
  useComposeDraft.getState().setSlot('avatar', { kind: 'ready', file: sampleFile(), sample: true })
  const video = await screen.findByLabelText<HTMLVideoElement>('presenter.mp4')
  const frame = video.closest('.player')
  if (frame === null) throw new Error('the video has no frame')
  return { ...view, video, frame }
}

describe('the avatar under the pointer', () => {
  it('moves without sound and stands still again after', async () => {
    const { video, frame } = await openStage()
    fireEvent.pointerEnter(frame, { pointerType: 'mouse' })
    await waitFor(() => expect(video.paused).toBe(false))
    expect(video.muted).toBe(true)
    fireEvent.pointerLeave(frame, { pointerType: 'mouse' })
    await waitFor(() => expect(video.paused).toBe(true))
    expect(video.muted).toBe(false)
  })

  it('plays with sound after a click, and goes on when the pointer leaves', async () => {
    const { video, frame, user } = await openStage()
    fireEvent.pointerEnter(frame, { pointerType: 'mouse' })
    await waitFor(() => expect(video.muted).toBe(true))
    await user.click(video)
    expect(video.muted).toBe(false)
    expect(video.paused).toBe(false)
    fireEvent.pointerLeave(frame, { pointerType: 'mouse' })
    expect(video.paused).toBe(false)
  })

  it('stays still for a finger', async () => {
    const { video, frame } = await openStage()
    fireEvent.pointerEnter(frame, { pointerType: 'touch' })
    expect(video.paused).toBe(true)
  })

  it('stays still for who wants less motion', async () => {
    const plain = window.matchMedia.bind(window)
    const listened = { addEventListener: () => undefined, removeEventListener: () => undefined }
    vi.stubGlobal('matchMedia', (query: string) =>
      query.includes('reduced-motion') ? { ...listened, media: query, matches: true } : plain(query),
    )
    const { video, frame } = await openStage()
    fireEvent.pointerEnter(frame, { pointerType: 'mouse' })
    expect(video.paused).toBe(true)
  })
})
