import { expect, test } from './desktopApp.ts'

test('shows our page and nothing else', async ({ desktop }) => {
  expect(desktop.page.url()).toMatch(/^app:\/\/studio\/index\.html/)
  await expect(desktop.page.getByRole('navigation', { name: 'Main' })).toBeVisible()
})

test('every web contents is sandboxed and isolated', async ({ desktop }) => {
  // In Electron, but not in its types.
  const preferences = await desktop.app.evaluate(({ webContents }) =>
    webContents.getAllWebContents().map((contents): unknown => {
      const read = Reflect.get(contents, 'getLastWebPreferences') as () => unknown
      return Reflect.apply(read, contents, [])
    }),
  )
  expect(preferences.length).toBeGreaterThan(0)
  for (const each of preferences) {
    expect(each).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
    })
  }
})

test('the page sees one bridge of three members, and nothing of Node', async ({ desktop }) => {
  const seen = await desktop.page.evaluate(() => ({
    bridge: Object.keys(Reflect.get(window, 'dhs') as object).sort(),
    node: ['require', 'process', 'Buffer', 'module', 'global', 'electron'].filter((name) => name in window),
  }))
  expect(seen).toEqual({ bridge: ['connect', 'door', 'registerFile'], node: [] })
})

test('runs no inline script and no text as code', async ({ desktop }) => {
  const result = await desktop.page.evaluate(() => {
    const script = document.createElement('script')
    script.textContent = 'window.wasRun = true'
    document.head.append(script)
    let evaluated = true
    try {
      window.eval('1')
    } catch {
      evaluated = false
    }
    return { inline: 'wasRun' in window, evaluated }
  })
  expect(result).toEqual({ inline: false, evaluated: false })
})

test('navigates nowhere, opens no window, fills no frame', async ({ desktop }) => {
  const { page, app } = desktop
  const opened = await page.evaluate(() => window.open('https://example.com') !== null)
  await page.evaluate(() => {
    const frame = document.createElement('iframe')
    frame.src = 'https://example.com'
    document.body.append(frame)
    window.location.href = 'https://example.com'
  })
  await expect(page.getByRole('navigation', { name: 'Main' })).toBeVisible()
  expect([opened, page.url().startsWith('app://studio/'), app.windows().length]).toEqual([false, true, 1])
  expect(
    page
      .frames()
      .map((frame) => frame.url())
      .filter((url) => url.startsWith('https:')),
  ).toEqual([])
})

test('requests nothing but its own scheme', async ({ desktop }) => {
  const answers = await desktop.page.evaluate(async () => {
    const urls = [
      'https://example.com/',
      'http://127.0.0.1:9/',
      'file:///etc/passwd',
      'app://evil/',
      'data:text/plain,x',
    ]
    const tries = urls.map((url) =>
      fetch(url)
        .then((answer) => (answer.ok ? 'loaded' : 'refused'))
        .catch(() => 'refused'),
    )
    return Promise.all(tries)
  })
  expect(new Set(answers)).toEqual(new Set(['refused']))
})

test('leaves its folder by no address', async ({ desktop }) => {
  const statuses = await desktop.page.evaluate(async () => {
    const urls = [
      '/..%2f..%2fpackage.json',
      '/..%5c..%5cx',
      '/%2e%2e/%2e%2e/package.json',
      '/media/h_0',
      '/media/..%2fx',
    ]
    return Promise.all(urls.map(async (url) => (await fetch(url)).status))
  })
  expect(statuses).toEqual([400, 400, 404, 404, 400])
})

test('denies what a page can ask a person for', async ({ desktop }) => {
  const states = await desktop.page.evaluate(async () => {
    const names = ['geolocation', 'notifications', 'camera', 'microphone', 'midi'] as const
    return Promise.all(names.map(async (name) => (await navigator.permissions.query({ name })).state))
  })
  expect(new Set(states)).toEqual(new Set(['denied']))
})
