// Reads a dbt project: renders its Jinja, resolves its references, orders, selects, and writes its artifacts.

// dbt's templates.
export { parseTemplate } from './jinja/parse.ts'
export { renderTemplate } from './jinja/render.ts'
