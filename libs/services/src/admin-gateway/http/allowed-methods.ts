interface RouteLayer {
  readonly route?: { readonly methods: Readonly<Record<string, boolean>> };
  match(path: string): boolean;
}

/** The methods that some route takes at this path: what 405 has to say. Empty where there is nothing at all. */
export function allowedMethods(app: unknown, path: string): string[] {
  const methods = layersOf(app)
    .filter((layer) => layer.route !== undefined && matches(layer, path))
    .flatMap((layer) => Object.keys(layer.route?.methods ?? {}))
    .filter((method) => method !== '_all')
    .map((method) => method.toUpperCase());
  return [...new Set(methods)].sort();
}

function layersOf(app: unknown): RouteLayer[] {
  const { router } = app as { router?: { stack?: RouteLayer[] } };
  return router?.stack ?? [];
}

function matches(layer: RouteLayer, path: string): boolean {
  try {
    return layer.match(path);
  } catch {
    return false;
  }
}
