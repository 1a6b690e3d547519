import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../..')

interface Source {
  readonly path: string
  readonly code: string
}

function sourcesOf(...folders: readonly string[]): readonly Source[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name))
      .map((name) => ({ path: `${folder}/${name}`, code: readFileSync(join(root, folder, name), 'utf8') })),
  )
}

const placesOf = (pattern: RegExp, sources: readonly Source[]): string[] =>
  sources.filter(({ code }) => pattern.test(code)).map(({ path }) => path)

const main = sourcesOf('src/main')
const preload = sourcesOf('src/preload')

// What a run under the fake cannot show: that nothing anywhere in the shell does otherwise.
describe('hardening, read from the sources', () => {
  it('has one file with ipcMain and one with ipcRenderer', () => {
    expect(placesOf(/\bipcMain\b/, main)).toEqual(['src/main/ipc/guard.ts'])
    expect(placesOf(/\bipcRenderer\b/, preload)).toEqual(['src/preload/index.ts'])
  })

  it('makes windows in one file, and child processes in one', () => {
    expect(placesOf(/new BrowserWindow\b/, main)).toEqual(['src/main/windows/mainWindow.ts'])
    expect(placesOf(/\butilityProcess\./, main)).toEqual(['src/main/processes/utilityAdapter.ts'])
    expect(placesOf(/child_process|worker_threads/, main)).toEqual([])
  })

  it.each([
    ['B082 B084 opens no address and no path', /openExternal|openPath/],
    [
      'never bypasses a certificate error',
      /certificate-error|setCertificateVerifyProc|ignore-certificate|rejectUnauthorized/,
    ],
    ['sets no switch of Chromium', /appendSwitch|commandLine/],
    ['loosens no web preference', /enableBlinkFeatures|nodeIntegration\w*: true|webSecurity: false|sandbox: false/],
    ['gives its scheme no way around the policy', /bypassCSP|corsEnabled|allowServiceWorkers/],
    ['reads no file by address', /file:\/\/|loadFile\(/],
    ['runs no text as code', /\beval\(|new Function\(|executeJavaScript|insertCSS/],
    ['puts no module of the app into the page', /\bremote\b.*require|@electron\/remote/],
  ])('%s', (_name, pattern) => {
    expect(placesOf(pattern, [...main, ...preload])).toEqual([])
  })

  it('touches media by the range responder only, never by a decoder', () => {
    expect(
      placesOf(/ffmpeg|probeMedia|mediabunny/i, main).filter((path) => path !== 'src/main/app/desktop.ts'),
    ).toEqual([])
    expect(readFileSync(join(root, 'src/main/app/desktop.ts'), 'utf8').match(/ffmpeg\w*/gi)).toEqual(['ffmpegPath'])
  })

  it('exposes nothing of Electron to the page', () => {
    expect(placesOf(/exposeInMainWorld/, preload)).toEqual(['src/preload/index.ts'])
    expect(placesOf(/process\.|require\(/, preload)).toEqual([])
  })

  it('turns the fuses of the packaged binary', () => {
    const config = readFileSync(join(root, 'electron-builder.yml'), 'utf8')
    for (const line of [
      'runAsNode: false',
      'enableCookieEncryption: true',
      'enableNodeOptionsEnvironmentVariable: false',
      'enableNodeCliInspectArguments: false',
      'enableEmbeddedAsarIntegrityValidation: true',
      'onlyLoadAppFromAsar: true',
      'grantFileProtocolExtraPrivileges: false',
    ]) {
      expect(config).toContain(`  ${line}\n`)
    }
  })
})
