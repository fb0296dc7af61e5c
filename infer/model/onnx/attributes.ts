/** Reads the attributes of a node: the value, or what the operator takes where there is none. */
import type { Attribute, Node, Tensor } from './proto.js'

export function hasAttribute(node: Node, name: string): boolean {
  return find(node, name) !== undefined
}

export function intAttribute(node: Node, name: string, otherwise: number): number {
  const attribute = find(node, name)
  return attribute ? Number(attribute.i ?? 0) : otherwise
}

export function intsAttribute(node: Node, name: string): number[] {
  return (find(node, name)?.ints ?? []).map(Number)
}

export function tensorAttribute(node: Node, name: string): Tensor | null {
  return find(node, name)?.t ?? null
}

/** Text in UTF-8. */
export function stringAttribute(node: Node, name: string, otherwise: string): string {
  const attribute = find(node, name)
  return attribute ? new TextDecoder().decode(attribute.s ?? new Uint8Array()) : otherwise
}

function find(node: Node, name: string): Attribute | undefined {
  return (node.attribute ?? []).find(attribute => attribute.name === name)
}
