import { describe, expect, it } from 'vitest'
import { StopList, stopInOrder } from './stopInOrder.ts'

describe('stopInOrder', () => {
  it('takes every step, one after the other, also behind one that failed, and tells the first failure', async () => {
    const taken: string[] = []
    const logged: unknown[] = []
    const step = (name: string, end: 'ends' | 'throws' | 'rejects') => ({
      name,
      stop: () => {
        taken.push(name)
        if (end === 'throws') throw new Error(name)
        return end === 'rejects' ? Promise.reject(new Error(name)) : Promise.resolve()
      },
    })
    const stopping = stopInOrder({ error: (_, fields) => logged.push(fields?.['step']) }, [
      step('reaper', 'ends'),
      step('doors', 'rejects'),
      step('power', 'throws'),
      step('stores', 'ends'),
    ])
    await expect(stopping).rejects.toThrow('doors')
    expect([taken, logged]).toEqual([
      ['reaper', 'doors', 'power', 'stores'],
      ['doors', 'power'],
    ])
  })
})

describe('StopList', () => {
  it('stops what was opened last first, also when one of them fails', async () => {
    const stopped: string[] = []
    const list = new StopList({ error: () => undefined })
    const db = list.addClosable('db', { close: () => stopped.push('db') })
    list.add('fleet', { stop: () => Promise.reject(new Error('fleet')) })
    list.add('doors', { stop: () => stopped.push('doors') })
    await expect(list.stop()).rejects.toThrow('fleet')
    expect(stopped).toEqual(['doors', 'db'])
    db.close()
  })
})
