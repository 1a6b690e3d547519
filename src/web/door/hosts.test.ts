import { hostname } from 'node:os'
import { expect, it } from 'vitest'
import { addressOf, hostNames, isLoopback, originsOf } from './hosts.ts'

it('answers to the names of this machine on loopback', () => {
  const names = ['127.0.0.1:7860', 'localhost:7860', '[::1]:7860']
  expect([...hostNames('127.0.0.1', 7860)]).toEqual(names)
  expect([...hostNames('::1', 7860)]).toEqual(names)
  expect([...originsOf(hostNames('localhost', 7860))]).toEqual(names.map((name) => `http://${name}`))
})

it('answers to the one name it was given, and to all of this machine on a wildcard', () => {
  expect([...hostNames('Studio.LAN', 80)]).toEqual(['studio.lan', 'studio.lan:80'])
  expect([...hostNames('0.0.0.0', 7860)]).toEqual(
    expect.arrayContaining(['127.0.0.1:7860', `${hostname().toLowerCase()}:7860`]),
  )
})

it('is opened by a person under a name that can be opened', () => {
  expect([addressOf('0.0.0.0', 1), addressOf('::1', 2), addressOf('studio.lan', 3)]).toEqual([
    'http://127.0.0.1:1',
    'http://[::1]:2',
    'http://studio.lan:3',
  ])
  expect(['127.0.0.1', '::1', '[::1]', 'localhost', '0.0.0.0', '127.0.0.2', 'x'].map(isLoopback)).toEqual([
    true,
    true,
    true,
    true,
    false,
    false,
    false,
  ])
})
