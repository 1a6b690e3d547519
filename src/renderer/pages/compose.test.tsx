import { fireEvent, screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../shared/index.ts'
import { useComposeDraft } from '../hooks/composeDraft.ts'
import { renderApp } from '../testing/renderApp.tsx'
import { sampleFile, samplePreflight, sampleSettings, sampleVoice } from '../testing/samples.ts'

const submitButton = () => screen.findByRole('button', { name: /^Make video/ })

function fillForm() {
  const { setSlot } = useComposeDraft.getState()
  setSlot('avatar', { kind: 'ready', file: sampleFile(), sample: true })
  setSlot('voice', { kind: 'ready', file: sampleVoice(), sample: true })
}

describe('Compose', () => {
  it('takes the samples, submits with Ctrl+Enter, keeps the avatar and tells where the task is', async () => {
    const { fake, user, router } = await renderApp()
    const avatar = await screen.findByRole('region', { name: 'Avatar' })
    await user.click(within(avatar).getByRole('button', { name: 'Use sample' }))
    await user.click(within(screen.getByRole('region', { name: 'Voice' })).getByRole('button', { name: 'Use sample' }))
    await waitFor(async () => expect(await submitButton()).toBeEnabled())
    await user.type(screen.getByLabelText('Name'), 'Hello')
    await user.keyboard('{Control>}{Enter}{/Control}')
    expect(await screen.findByText('Queued: Hello')).toBeVisible()
    expect(fake.state.records.map(({ name }) => name)).toEqual(['Hello'])
    expect(useComposeDraft.getState()).toMatchObject({ avatar: { kind: 'ready' }, voice: { kind: 'empty' } })
    await user.click(screen.getByRole('button', { name: 'See tasks' }))
    await waitFor(() => expect(router.state.location.pathname).toBe('/tasks'))
  })

  it('tells of several queued tasks in one message, which goes when the tasks are seen', async () => {
    const { user, router } = await renderApp()
    for (const expected of ['Queued: presenter – welcome', '2 tasks queued', '3 tasks queued']) {
      fillForm()
      await waitFor(async () => expect(await submitButton()).toBeEnabled())
      await user.click(await submitButton())
      expect(await screen.findByText(expected)).toBeVisible()
    }
    await waitFor(() => expect(screen.getAllByRole('button', { name: 'See tasks' })).toHaveLength(1))
    await router.navigate({ to: '/tasks' })
    await waitFor(() => expect(screen.queryByText('3 tasks queued')).toBeNull())
  })

  it('does not submit while the check finds a problem, and says what to do', async () => {
    fillForm()
    const problem = { ...new AppError('NO_AUDIO').toJSON(), data: { file: 'welcome.wav' }, role: 'voice' as const }
    const { fake, user } = await renderApp({ preflight: samplePreflight({ ok: false, problems: [problem] }) })
    fillForm()
    expect(await screen.findByText('“welcome.wav” has no sound.')).toBeVisible()
    expect(screen.getByText('Choose a recording as the voice.')).toBeVisible()
    const button = await submitButton()
    expect(button).toBeDisabled()
    expect(button).toHaveAccessibleDescription('Solve the problem above first')
    await user.keyboard('{Control>}{Enter}{/Control}')
    expect(fake.state.records).toEqual([])
  })

  it('shows warnings but lets the task through', async () => {
    await renderApp({ preflight: samplePreflight({ warnings: ['gpu_offline'], engine: null }) })
    fillForm()
    expect(await screen.findByText('No GPU is online. The task waits in line and runs by itself.')).toBeVisible()
    expect(await submitButton()).toBeEnabled()
  })

  it('tells a refusal in a sentence, in the language of the person', async () => {
    const { user } = await renderApp({
      language: 'zh-CN',
      failures: new Map([['compose.create', new AppError('QUEUE_FULL_TENANT')]]),
    })
    fillForm()
    await user.click(await screen.findByRole('button', { name: /^合成视频/ }))
    expect(await screen.findByText(/排队|队列/)).toBeVisible()
    expect(screen.queryByText(/QUEUE_FULL/)).toBeNull()
  })

  it('puts a dropped file where it belongs, and says why another cannot be used', async () => {
    const bad = sampleFile({
      handle: `h_${'9'.repeat(32)}`,
      name: 'broken.mp4',
      probe: null,
      error: { ...new AppError('MEDIA_TRUNCATED').toJSON(), data: { file: 'broken.mp4' } },
    })
    await renderApp({
      files: new Map([
        ['talk.wav', sampleVoice({ name: 'talk.wav' })],
        ['broken.mp4', bad],
      ]),
    })
    await screen.findByRole('region', { name: 'Avatar' })
    const files = [
      new File(['x'], 'talk.wav', { type: 'audio/wav' }),
      new File(['x'], 'broken.mp4', { type: 'video/mp4' }),
    ]
    fireEvent.drop(document.body, { dataTransfer: { types: ['Files'], files } })
    expect(await screen.findByText('talk.wav')).toBeVisible()
    expect(await screen.findByText('“broken.mp4” breaks off before its end.')).toBeVisible()
  })

  it('shows as off what was chosen for another engine and cannot be switched off here', async () => {
    await renderApp({ preflight: samplePreflight({ engine: { name: 'other', lipSync: true, features: [] } }) })
    fillForm()
    useComposeDraft.getState().setOptions({ loop: 'pingpong' })
    await waitFor(() => expect(screen.getByRole('radio', { name: 'Forward and back' })).toBeDisabled())
    expect(screen.getByRole('radio', { name: 'Forward and back' })).not.toBeChecked()
    useComposeDraft.getState().setOptions({ loop: 'restart' })
  })

  it('offers only what the engine can do', async () => {
    await renderApp()
    fillForm()
    await waitFor(() => expect(screen.getByLabelText('Super-resolution', { exact: false })).toBeDisabled())
    expect(screen.getByRole('radio', { name: 'Forward and back' })).toBeEnabled()
    expect((await screen.findAllByText('Preview: lips not synced')).length).toBeGreaterThan(0)
  })
})

describe('Dropped things', () => {
  const drop = (file: File, isDirectory = false) => {
    const items = [{ kind: 'file', getAsFile: () => file, webkitGetAsEntry: () => ({ isDirectory }) }]
    fireEvent.drop(document.body, { dataTransfer: { types: ['Files'], files: [file], items } })
  }

  it('that are folders are told so, and take nothing out of the form', async () => {
    await renderApp()
    fillForm()
    await screen.findByText('presenter.mp4')
    drop(new File([], 'Recordings'), true)
    expect(await screen.findByText('“Recordings” is a folder.')).toBeVisible()
    expect(screen.getByText('Choose the files inside, not the folder.')).toBeVisible()
    expect(useComposeDraft.getState().avatar).toMatchObject({ kind: 'ready', file: { name: 'presenter.mp4' } })
  })

  it('of another kind are told so before anything is sent', async () => {
    const { fake } = await renderApp({ files: new Map([['contract.pdf', sampleFile()]]) })
    await screen.findByRole('region', { name: 'Avatar' })
    drop(new File(['%PDF'], 'contract.pdf', { type: 'application/pdf' }))
    expect(await screen.findByText('“contract.pdf” is neither a video nor a recording.')).toBeVisible()
    expect(useComposeDraft.getState().avatar.kind).toBe('empty')
    expect(fake.state.records).toEqual([])
  })
})

describe('First run', () => {
  it('makes the sample video with one button and shows the tasks', async () => {
    const { fake, user, router } = await renderApp({ settings: sampleSettings({ firstRunDone: false }) })
    await user.click(await screen.findByRole('button', { name: 'Make a sample video' }))
    await waitFor(() => expect(router.state.location.pathname).toBe('/tasks'))
    expect(fake.state.records).toHaveLength(1)
    expect(fake.state.settings.firstRunDone).toBe(true)
  })
})
