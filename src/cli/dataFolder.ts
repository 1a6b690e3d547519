import { statfs } from 'node:fs/promises'

/** Numbers by which Linux names file systems that lie on another machine (statfs(2), magic.h). */
const NETWORK_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x01021997, '9P'],
  [0x5346414f, 'AFS'],
  [0x00c36400, 'Ceph'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
])

/** Pure. */
export function networkFileSystem(type: number): string | undefined {
  // Some come with the sign bit of a 32-bit number.
  return NETWORK_FILE_SYSTEMS.get(type >>> 0)
}

/** What to warn of before a database is opened there, or undefined. */
export async function dataFolderWarning(dataDir: string): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined
  const name = networkFileSystem((await statfs(dataDir)).type)
  if (name === undefined) return undefined
  return `${dataDir} lies on a network file system (${name}): its database is not safe there. Use a disk of this machine.`
}
