import { expect, it } from 'vitest'
import { slotAfter } from './runForecast.ts'
import { StartCurve } from './startTime.ts'

it('a task behind a run that is far longer than any before is not told that it begins at once', () => {
  const model = { medianMs: 500, spread: 0.3 }
  const next = { runMs: 500, runSpreadMs: 150 }
  const curve = new StartCurve([slotAfter(model, 30_000, next)])
  expect(curve.at(1)?.medianMs).toBeGreaterThan(10_000)
  expect(curve.at(2)?.medianMs).toBeGreaterThan(curve.at(1)?.medianMs ?? Infinity)
})
