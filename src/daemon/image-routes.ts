import type { ImportOptions, RemoveImagesOptions } from '../pod/image-api.js';
import { readJson } from './request.js';
import type { Route } from './routes.js';

/** Calls about images that are answered with one JSON value. */
export const imageRoutes: Record<string, Route> = {
  'GET /v1/images': ({ engine }) => engine.images.list(),
  'GET /v1/images/*': ({ engine, name }) => engine.images.inspect(name),
  'POST /v1/images': async ({ engine, request }) =>
    await engine.images.import((await readJson(request)) as ImportOptions),
  'POST /v1/images-tag': async ({ engine, request }) => {
    const { source, target } = (await readJson(request)) as { source: string; target: string };
    return await engine.images.tag(source, target);
  },
  'POST /v1/images-remove': async ({ engine, request }) => {
    const { references, options } = (await readJson(request)) as {
      references: string[];
      options?: RemoveImagesOptions;
    };
    await engine.images.remove(references, options);
    return null;
  },
  'POST /v1/images-check': ({ engine, signal }) => engine.images.check({ signal }),
};
