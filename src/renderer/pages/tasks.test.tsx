import { screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../shared/index.ts'
import { renderApp } from '../testing/renderApp.tsx'
import { activeRecord, NOW_MS, recordIdOf, sampleConnection, sampleRecord } from '../testing/samples.ts'

describe('Tasks', () => {
  it('follows a task through its groups as events come', async () => {
    const { fake } = await renderApp({ at: '/tasks', records: [activeRecord(1, 'upload', { phase: 'uploading' })] })
    expect(await screen.findByRole('region', { name: 'Uploading' })).toBeVisible()
    expect(await screen.findByLabelText('1 active task')).toBeVisible()
    fake.update(recordIdOf(1), {
      phase: 'waiting',
      wait: { position: 2, etaSeconds: 30, etaBasis: 'runs', gpu: 'busy', sinceMs: NOW_MS },
    })
    expect(await screen.findByText('2nd in line')).toBeVisible()
    fake.update(recordIdOf(1), { ...sampleRecord(1), phase: 'done' })
    expect(await screen.findByRole('region', { name: 'Finished today' })).toBeVisible()
    expect(screen.getByRole('button', { name: 'Open result' })).toBeVisible()
    expect(screen.queryByLabelText('1 active task')).toBeNull()
  })

  it('shows a bar without a value while nobody tells how far it is', async () => {
    await renderApp({ at: '/tasks', records: [activeRecord(1, 'prepare')] })
    const bar = await screen.findByRole('progressbar')
    expect(bar).not.toHaveAttribute('aria-valuenow')
    expect(screen.getByRole('article')).not.toHaveTextContent('%')
  })

  it('asks for a cancel and shows that it is on its way', async () => {
    const { user } = await renderApp({ at: '/tasks', records: [activeRecord(1, 'synthesize')] })
    await user.click(await screen.findByRole('button', { name: 'Cancel' }))
    expect(await screen.findByRole('button', { name: 'Cancelling…' })).toBeDisabled()
  })

  it('says why a task failed and what to do, and runs it again', async () => {
    const failed = sampleRecord(1, {
      phase: 'failed',
      output: null,
      error: { ...new AppError('FACE_NOT_FOUND').toJSON(), data: {} },
    })
    const { fake, user } = await renderApp({ at: '/tasks', records: [failed] })
    expect(await screen.findByText('The engine found no face in the avatar video.')).toBeVisible()
    expect(screen.getByText('Use a video in which one face looks at the camera.')).toBeVisible()
    await user.click(screen.getByRole('button', { name: 'Run again' }))
    await waitFor(() => expect(fake.state.records[0]?.retryOf).toBe(recordIdOf(1)))
    // The new task itself is the news here.
    expect(await screen.findByRole('region', { name: 'Uploading' })).toBeVisible()
    expect(screen.queryByText(/^Queued/)).toBeNull()
  })

  it('tells why a task does not go on while it keeps trying', async () => {
    const blocked = { ...new AppError('GATEWAY_UNREACHABLE').toJSON(), data: { host: 'gpu.example.com' } }
    await renderApp({ at: '/tasks', records: [activeRecord(1, 'upload', { phase: 'uploading', blocked })] })
    expect(await screen.findByText('On hold: The gateway at gpu.example.com does not answer.')).toBeVisible()
  })

  it('explains an empty page, and a failed one with the way to try again', async () => {
    const { fake, user } = await renderApp({
      at: '/tasks',
      failures: new Map([['tasks.list', new AppError('DB_BUSY')]]),
    })
    const alert = await screen.findByRole('alert')
    fake.state.failures.clear()
    await user.click(within(alert).getByRole('button', { name: 'Try again' }))
    expect(await screen.findByText('No tasks right now')).toBeVisible()
  })

  it('opens the details of the task a link names', async () => {
    await renderApp({ at: `/tasks?record=${recordIdOf(1)}`, records: [sampleRecord(1)] })
    const drawer = await screen.findByRole('dialog', { name: 'Task details' })
    expect(within(drawer).getByText('Video 1')).toBeVisible()
  })
})

describe('Connection', () => {
  it('says what still works while the gateway is away', async () => {
    const offline = sampleConnection({ kind: 'remote', host: 'gpu.example.com', state: 'offline', gpu: null })
    await renderApp({ connection: offline })
    const banner = await screen.findByText('The gateway is not connected', undefined, { timeout: 4_000 })
    expect(banner.parentElement).toHaveTextContent('new tasks are kept on this PC')
  })

  it('lets a person change a refused key and shows which step of the test fails', async () => {
    const refused = sampleConnection({ kind: 'remote', host: 'https://gpu.example.com', state: 'refused', gpu: null })
    const { user } = await renderApp({ connection: refused })
    await user.click(await screen.findByRole('button', { name: 'Change key…' }))
    const dialog = await screen.findByRole('dialog')
    await user.type(within(dialog).getByLabelText('Licence key'), 'abc')
    await user.click(within(dialog).getByRole('button', { name: 'Test connection' }))
    expect(await within(dialog).findByLabelText('Failed')).toBeVisible()
  })

  it('opens with the address a link names, connects to nothing by itself, and forgets the link', async () => {
    const { fake, router } = await renderApp({ at: '/?connect=https%3A%2F%2Fgpu.example.com%3A8443' })
    const dialog = await screen.findByRole('dialog')
    expect(within(dialog).getByLabelText('Address')).toHaveValue('https://gpu.example.com:8443')
    expect(within(dialog).getByLabelText('Licence key')).toHaveValue('')
    expect(fake.state.connection.kind).toBe('embedded')
    await waitFor(() => expect(router.state.location.search).toEqual({}))
  })

  it('is a page of its own when the studio does not know this page', async () => {
    const { fake } = await renderApp()
    await screen.findByRole('region', { name: 'Avatar' })
    fake.setLink('refused')
    expect(await screen.findByText('This page is not connected to a studio')).toBeVisible()
  })
})
