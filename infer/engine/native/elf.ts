/** What a shared library says of itself in its dynamic section: its name, what it needs, and the symbol versions it has and wants. */
import { ElfError, ElfFile, textAt, word } from './elf-file.js'

export interface ElfLibrary {
  /** As `e_machine` has it: 62 is x86-64. */
  machine: number
  /** Name by which others need it; null where it has none. */
  soname: string | null
  /** Names of the libraries that the loader must find before it. */
  needed: readonly string[]
  /** Folders that its own needs are looked for in, `$ORIGIN` unresolved. */
  runpath: readonly string[]
  /** Versions that it defines, such as `VERS_1.29.0`. */
  defines: readonly string[]
  /** Library → versions wanted of it, such as `libc.so.6` → `GLIBC_2.27`. */
  wants: ReadonlyMap<string, readonly string[]>
}

/** Tags of the dynamic section (`elf.h`). */
const NEEDED = 1
const STRTAB = 5
const STRSZ = 10
const SONAME = 14
const RPATH = 15
const RUNPATH = 29
const VERDEF = 0x6ffffffc
const VERDEFNUM = 0x6ffffffd
const VERNEED = 0x6ffffffe
const VERNEEDNUM = 0x6fffffff

const SEGMENT_DYNAMIC = 2
const ENTRY_BYTES = 16
/** Far above what libraries have (some 40 entries, 10 MiB of names in the largest of CUDA). */
const MAX_DYNAMIC_BYTES = 1 << 20
const MAX_NAME_BYTES = 1 << 27
const MAX_VERSIONS = 10_000

/** Reads some kilobytes of the file. @throws ElfError; a system error where it cannot be opened. */
export function readElf(path: string): ElfLibrary {
  return ElfFile.use(path, file => {
    const tags = dynamicTags(file)
    const one = (tag: number): number | undefined => tags.find(([key]) => key === tag)?.[1]
    const names = file.bytes(file.offsetOf(must(one(STRTAB))), atMost(must(one(STRSZ)), MAX_NAME_BYTES))
    const texts = (tag: number): string[] =>
      tags.filter(([key]) => key === tag).map(([, offset]) => textAt(names, offset))
    return {
      machine: file.machine,
      soname: texts(SONAME)[0] ?? null,
      needed: texts(NEEDED),
      runpath: [...texts(RPATH), ...texts(RUNPATH)].flatMap(paths => paths.split(':')).filter(Boolean),
      defines: definedVersions(file, names, one(VERDEF), one(VERDEFNUM)),
      wants: wantedVersions(file, names, one(VERNEED), one(VERNEEDNUM)),
    }
  })
}

function dynamicTags(file: ElfFile): [tag: number, value: number][] {
  const segment = file.segments.find(({ type }) => type === SEGMENT_DYNAMIC)
  if (!segment) throw new ElfError('it has no dynamic section')
  const bytes = file.bytes(segment.offset, atMost(segment.fileBytes, MAX_DYNAMIC_BYTES))
  const tags: [number, number][] = []
  for (let at = 0; at + ENTRY_BYTES <= bytes.length; at += ENTRY_BYTES) {
    const tag = word(bytes, at)
    if (tag === 0) break
    tags.push([tag, word(bytes, at + 8)])
  }
  return tags
}

/**
 * Both tables of versions are chains: an entry tells how far the next one is, and where its own chain of names begins.
 * The first name of a definition is its own; the rest are what it inherits from.
 */
function definedVersions(file: ElfFile, names: Buffer, address?: number, count = 0): string[] {
  if (address === undefined) return []
  const versions: string[] = []
  for (let at = file.offsetOf(address), left = atMost(count, MAX_VERSIONS); left > 0; left--) {
    const entry = file.bytes(at, 20)
    versions.push(textAt(names, file.bytes(at + entry.readUInt32LE(12), 8).readUInt32LE(0)))
    at += entry.readUInt32LE(16)
  }
  return versions
}

function wantedVersions(
  file: ElfFile,
  names: Buffer,
  address?: number,
  count = 0,
): ReadonlyMap<string, string[]> {
  const wants = new Map<string, string[]>()
  if (address === undefined) return wants
  for (let at = file.offsetOf(address), left = atMost(count, MAX_VERSIONS); left > 0; left--) {
    const entry = file.bytes(at, 16)
    const library = textAt(names, entry.readUInt32LE(4))
    wants.set(library, [...(wants.get(library) ?? []), ...versionsOf(file, names, at, entry)])
    at += entry.readUInt32LE(12)
  }
  return wants
}

function versionsOf(file: ElfFile, names: Buffer, entryAt: number, entry: Buffer): string[] {
  const versions: string[] = []
  for (let at = entryAt + entry.readUInt32LE(8), left = entry.readUInt16LE(2); left > 0; left--) {
    const name = file.bytes(at, 16)
    versions.push(textAt(names, name.readUInt32LE(8)))
    at += name.readUInt32LE(12)
  }
  return versions
}

function must(value: number | undefined): number {
  if (value === undefined) throw new ElfError('its dynamic section names no table of names')
  return value
}

function atMost(value: number, limit: number): number {
  if (value > limit) throw new ElfError(`it claims ${value} where ${limit} would be much`)
  return value
}
