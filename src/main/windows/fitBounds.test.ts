import { describe, expect, it } from 'vitest'
import { fitBounds } from './fitBounds.ts'

const LAPTOP = { x: 0, y: 25, width: 1440, height: 875 }
const SECOND = { x: 1440, y: 0, width: 1920, height: 1080 }

describe('window bounds', () => {
  it('keeps what still fits', () => {
    const bounds = { x: 1600, y: 100, width: 1280, height: 800 }
    expect(fitBounds(bounds, [LAPTOP, SECOND])).toEqual(bounds)
  })

  it('forgets a display that was unplugged', () => {
    expect(fitBounds({ x: 1600, y: 100, width: 1280, height: 800 }, [LAPTOP])).toBeUndefined()
  })

  it('pulls a window back that hangs over the edge', () => {
    expect(fitBounds({ x: -300, y: -10, width: 1000, height: 700 }, [LAPTOP])).toEqual({
      x: 0,
      y: 25,
      width: 1000,
      height: 700,
    })
  })

  it('shrinks to a smaller display, and fills one that is smaller than the least size', () => {
    expect(fitBounds({ x: 0, y: 25, width: 3000, height: 2000 }, [LAPTOP])).toEqual(LAPTOP)
    const tiny = { x: 0, y: 0, width: 800, height: 480 }
    expect(fitBounds({ x: 10, y: 10, width: 1280, height: 800 }, [tiny])).toEqual(tiny)
  })

  it('makes a window that is too small usable', () => {
    expect(fitBounds({ x: 100, y: 100, width: 120, height: 110 }, [LAPTOP])).toEqual({
      x: 100,
      y: 100,
      width: 900,
      height: 600,
    })
  })
})
