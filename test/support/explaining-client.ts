import { Client, type ClientConfig } from 'pg'
import * as z from 'zod'

/** A node of a plan as it was executed: EXPLAIN (ANALYZE, FORMAT JSON). */
export interface PlanNode {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
  readonly 'Rows Removed by Index Recheck'?: number
  readonly 'Shared Hit Blocks': number
  readonly 'Shared Read Blocks': number
  readonly Plans?: readonly PlanNode[]
}

export interface ExecutedPlan {
  readonly query: string
  readonly root: PlanNode
}

const notice = z.object({ 'Query Text': z.string(), Plan: z.custom<PlanNode>() })

/**
 * Makes a class for pg.Pool whose connections tell the plan of each statement that they execute, those
 * within database functions included: auto_explain's notices, which only a superuser may ask for.
 * @param planCache `plan_cache_mode`: whether plans are made for the parameters, or for any.
 */
export function explainTo(plans: ExecutedPlan[], planCache: 'auto' | 'force_generic_plan') {
  const options = {
    session_preload_libraries: 'auto_explain',
    'auto_explain.log_min_duration': 0,
    'auto_explain.log_analyze': 'on',
    'auto_explain.log_timing': 'off',
    'auto_explain.log_buffers': 'on',
    'auto_explain.log_nested_statements': 'on',
    'auto_explain.log_format': 'json',
    'auto_explain.log_level': 'notice',
    client_min_messages: 'notice',
    plan_cache_mode: planCache,
  }
  return class extends Client {
    constructor(config: ClientConfig) {
      super({
        ...config,
        user: 'postgres',
        // The pool hides it from copies.
        password: config.password,
        options: Object.entries(options)
          .map(([name, value]) => `-c ${name}=${value}`)
          .join(' '),
      })
      this.on('notice', ({ message = '' }) => {
        const json = /^duration: .* plan:\n(.*)$/s.exec(message)?.[1]
        if (json === undefined) return
        const { 'Query Text': query, Plan: root } = notice.parse(JSON.parse(json))
        plans.push({ query, root })
      })
    }
  }
}

/**
 * What a plan did, whatever it was for: of each node its kind and its rows, and of what reads a table or an
 * index its pages. (Those of a function's node are also what planning within it reads of the catalog, once.)
 */
export function workOf({ query, root }: ExecutedPlan): string {
  return [query.trim().replace(/\s+/g, ' '), ...workOfNode(root)].join('\n')
}

function workOfNode(node: PlanNode): string[] {
  const read = node['Index Name'] ?? node['Relation Name']
  const pages = node['Shared Hit Blocks'] + node['Shared Read Blocks']
  const own = [
    node['Node Type'],
    `${node['Actual Rows']} rows, ${node['Rows Removed by Filter'] ?? 0} not, ${node['Actual Loops']} times`,
    ...(read === undefined ? [] : [`${pages} pages of ${read}`]),
  ]
  return [own.join(' '), ...(node.Plans ?? []).flatMap(workOfNode)]
}

export interface Read {
  readonly query: string
  readonly table: string
  /** The index by which its rows were found; none is a scan of the whole table. */
  readonly index: string | undefined
  /** Rows that were looked at, used or not. */
  readonly rows: number
}

/** What a plan has read of which table. */
export function readsOf({ query, root }: ExecutedPlan): Read[] {
  const reads: Read[] = []
  visit(root, undefined)
  return reads

  function visit(node: PlanNode, index: string | undefined): void {
    const used = node['Index Name'] ?? index ?? indexBelow(node)
    const table = node['Relation Name']
    if (table !== undefined && !/^(Insert|Update|Delete|ModifyTable)/.test(node['Node Type'])) {
      const looked =
        node['Actual Rows'] +
        (node['Rows Removed by Filter'] ?? 0) +
        (node['Rows Removed by Index Recheck'] ?? 0)
      reads.push({
        query: query.trim().replace(/\s+/g, ' '),
        table,
        index: used,
        rows: Math.round(looked * node['Actual Loops']),
      })
    }
    for (const child of node.Plans ?? []) visit(child, undefined)
  }
}

/** A bitmap heap scan names its table; the index stands below it. */
function indexBelow(node: PlanNode): string | undefined {
  if (node['Node Type'] !== 'Bitmap Heap Scan') return undefined
  const child = node.Plans?.[0]
  return child && (child['Index Name'] ?? child.Plans?.map((each) => each['Index Name']).join())
}
