type Around = (call: () => unknown, parameters: readonly unknown[], self: object) => unknown

/** Replaces a method of every object of a class by one that goes through `around`. Throws when there is no such method. */
export function aroundMethod(prototype: object, name: string, around: Around): void {
  const original: unknown = Reflect.get(prototype, name)
  if (typeof original !== 'function') throw new Error(`there is no ${name} to go around`)
  Reflect.set(prototype, name, function (this: object, ...parameters: unknown[]): unknown {
    return around(() => Reflect.apply(original, this, parameters) as unknown, parameters, this)
  })
}
