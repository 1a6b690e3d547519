/** A hook of electron-builder: what the installers of Linux would say, asked of its own code without building them. */
import type { AfterPackContext, Target } from 'electron-builder'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** File in the output folder: the desktop entry of each target, by its name. */
export const DESKTOP_ENTRIES = 'desktop-entries.json'

export async function afterPack({ packager, outDir }: AfterPackContext): Promise<void> {
  const targets: Target[] = []
  packager.createTargets(['deb', 'appimage'], (_name, create) => targets.push(create(outDir)))
  const entries: Record<string, unknown> = {}
  for (const target of targets) {
    // The .deb refuses here when the home page or the maintainer is missing.
    await target.checkOptions()
    entries[target.name] = await desktopEntryOf(target)
  }
  await writeFile(join(outDir, DESKTOP_ENTRIES), JSON.stringify(entries))
}

/** The AppImage keeps its entry as a value to come; the .deb asks its helper for it. Neither is in the types. */
async function desktopEntryOf(target: Target): Promise<unknown> {
  const lazy: unknown = Reflect.get(target, 'desktopEntry')
  if (isObject(lazy)) return await Reflect.get(lazy, 'value')
  const helper: unknown = Reflect.get(target, 'helper')
  const compute: unknown = isObject(helper) ? Reflect.get(helper, 'computeDesktopEntry') : undefined
  if (typeof compute !== 'function') throw new Error(`${target.name} has no desktop entry`)
  return await Reflect.apply(compute, helper, [target.options])
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
