import { screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'
import type { TaskRecord } from '../../protocol/studio/index.ts'
import { AppError } from '../../shared/index.ts'
import { useComposeDraft } from '../hooks/composeDraft.ts'
import { useLayout } from '../hooks/layout.ts'
import { renderApp } from '../testing/renderApp.tsx'
import { NOW_MS, sampleRecord } from '../testing/samples.ts'

const rows = (count: number): TaskRecord[] =>
  Array.from({ length: count }, (_, at) => sampleRecord(at + 1, { createdAtMs: NOW_MS - at * 60_000 }))

describe('History', () => {
  it('deletes at once and gives back on undo', async () => {
    const { fake, user } = await renderApp({ at: '/history', records: rows(3) })
    await user.click(await screen.findByRole('button', { name: 'More actions: Video 2' }))
    await user.click(await screen.findByRole('menuitem', { name: 'Delete from history' }))
    expect(await screen.findByText('Deleted: Video 2')).toBeVisible()
    await waitFor(() => expect(screen.queryByRole('button', { name: 'Play Video 2' })).toBeNull())
    expect(screen.getByText('2 videos')).toBeVisible()
    expect(fake.state.records).toHaveLength(2)
    await user.click(screen.getByRole('button', { name: 'Undo' }))
    expect(await screen.findByRole('button', { name: 'Play Video 2' })).toBeVisible()
    expect(fake.state.records).toHaveLength(3)
  })

  it('finds while one types, and explains when nothing is found', async () => {
    const { user } = await renderApp({ at: '/history', records: [...rows(3), sampleRecord(9, { name: '双十一预热' })] })
    const search = await screen.findByRole('searchbox')
    await user.type(search, '预热')
    expect(await screen.findByText('1 result')).toBeVisible()
    expect(screen.getByRole('button', { name: 'Play 双十一预热' })).toBeVisible()
    await user.type(search, 'zzz')
    expect(await screen.findByText('Nothing found for “预热zzz”')).toBeVisible()
    await user.click(screen.getByRole('button', { name: 'Show all' }))
    expect(await screen.findByText('4 videos')).toBeVisible()
  })

  it('filters by state', async () => {
    const failed = sampleRecord(8, { phase: 'failed', output: null, name: 'Broken' })
    const { user } = await renderApp({ at: '/history', records: [...rows(2), failed] })
    await user.click(await screen.findByRole('radio', { name: 'Failed' }))
    expect(await screen.findByText('1 result')).toBeVisible()
    expect(screen.getByRole('button', { name: 'Details of Broken' })).toBeVisible()
  })

  it('draws only the rows on screen of many thousands', async () => {
    useLayout.getState().setHistoryView('table')
    await renderApp({ at: '/history', records: rows(5_000) })
    expect(await screen.findByText('5,000 videos')).toBeVisible()
    expect(screen.getAllByRole('listitem').length).toBeLessThan(60)
  })

  it('plays, marks a missing file, and labels what the preview engine made', async () => {
    const gone = sampleRecord(2)
    const missing = { ...gone, output: gone.output === null ? null : { ...gone.output, missing: true, mediaUrl: null } }
    const { user } = await renderApp({ at: '/history', records: [sampleRecord(1), missing] })
    expect(await screen.findByText('File is missing')).toBeVisible()
    expect(screen.getAllByText('Preview: lips not synced')).toHaveLength(2)
    await user.click(screen.getByRole('button', { name: 'Play Video 1' }))
    const player = await screen.findByRole('dialog', { name: 'Video 1' })
    expect(within(player).getByLabelText('Video 1', { selector: 'video' })).toHaveAttribute(
      'src',
      '/media/presenter.mp4',
    )
    expect(within(player).getByText('Preview: lips not synced')).toBeVisible()
    expect(within(player).getByRole('link', { name: 'Download' })).toHaveAttribute(
      'href',
      '/media/presenter.mp4?download=1',
    )
    await user.keyboard('{Escape}')
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  })

  it('puts inputs and options of an old video back into the form', async () => {
    const record = sampleRecord(1, {
      options: { name: 'Old', loop: 'pingpong', superResolution: false, aiBadge: false, priority: 'normal' },
    })
    const { user, router } = await renderApp({ at: '/history', records: [record] })
    await user.click(await screen.findByRole('button', { name: 'More actions: Video 1' }))
    await user.click(await screen.findByRole('menuitem', { name: 'Compose again' }))
    await waitFor(() => expect(router.state.location.pathname).toBe('/'))
    expect(useComposeDraft.getState()).toMatchObject({
      avatar: { kind: 'ready' },
      voice: { kind: 'ready' },
      options: { name: 'Old', loop: 'pingpong' },
    })
  })

  it('shows a failure with the way to try again', async () => {
    const failures = new Map([['history.page', new AppError('DB_BUSY')]])
    const { fake, user } = await renderApp({ at: '/history', failures })
    const again = await screen.findByRole('button', { name: 'Try again' })
    fake.state.failures.clear()
    await user.click(again)
    expect(await screen.findByText('Nothing here yet')).toBeVisible()
  })
})
