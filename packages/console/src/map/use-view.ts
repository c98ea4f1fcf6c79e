// The window on the map: moved by pointer, wheel, fingers and keys. What is drawn is moved without React; React draws anew only when
// another level of detail is due or the window leaves what was drawn around it.

import { startTransition, useCallback, useEffect, useRef, useState } from 'react'
import { grown, holds, levelOf, moveBy, pinch, seen, zoomAt } from './view.ts'
import type { Area, Level, Point, Size, View } from './view.ts'

export interface Frame {
  readonly level: Level
  /** What has to be drawn. */
  readonly area: Area
  /** The size of things, in steps: what keeps its size on the screen divides by it. */
  readonly scale: number
}

/** Less is a click. */
const MOVED_PIXELS = 4
const REST_MILLISECONDS = 300
const STEP = 1.25

interface Options {
  /** Where to begin, once it is known how much room there is. */
  readonly first: (size: Size) => View
  /** Called when the window has come to rest. */
  readonly onRest: (view: View) => void
}

export function useView({ first, onRest }: Options) {
  const pane = useRef<SVGSVGElement>(null)
  const ground = useRef<SVGGElement>(null)
  const at = useRef<{ view: View; size: Size } | undefined>(undefined)
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const [frame, setFrame] = useState<Frame | undefined>(undefined)
  const options = useRef({ first, onRest })
  useEffect(() => { options.current = { first, onRest } })

  /** Looks at a part of the map that is named by how much room there is. */
  const show = useCallback((next: (view: View, size: Size) => View): void => {
    if (at.current === undefined) return
    const { size } = at.current
    const view = next(at.current.view, size)
    at.current = { view, size }
    ground.current?.setAttribute('transform', `translate(${view.x} ${view.y}) scale(${view.k})`)
    // What is there already moves in this frame; what has to be drawn comes when the hand leaves time for it.
    startTransition(() => setFrame((old) => frameOf(view, size, old)))
    clearTimeout(timer.current)
    timer.current = setTimeout(() => options.current.onRest(view), REST_MILLISECONDS)
  }, [])

  const zoom = useCallback((steps: number) => show((view, { width, height }) => zoomAt(view, { x: width / 2, y: height / 2 }, STEP ** steps)), [show])

  useEffect(() => {
    const element = pane.current
    if (element === null) return undefined
    const measure = new ResizeObserver(([entry]) => {
      const size = { width: entry?.contentRect.width ?? 0, height: entry?.contentRect.height ?? 0 }
      if (size.width === 0 || size.height === 0) return
      const isFirst = at.current === undefined
      at.current = { view: at.current?.view ?? options.current.first(size), size }
      show((view) => view)
      // Where it began is not worth an address.
      if (isFirst) clearTimeout(timer.current)
    })
    measure.observe(element)
    const forget = followPointers(element, show)
    return () => {
      measure.disconnect()
      forget()
      clearTimeout(timer.current)
    }
  }, [show])

  return { pane, ground, frame, show, zoom }
}

function frameOf(view: View, size: Size, old: Frame | undefined): Frame {
  const level = levelOf(view.k)
  const scale = STEP ** Math.round(Math.log(view.k) / Math.log(STEP))
  const area = seen(view, size)
  const isDrawn = old !== undefined && old.level === level && holds(old.area, area)
  if (isDrawn && old.scale === scale) return old
  // The same area as before is the same drawing: only what keeps its size on the screen is made anew.
  return { level, scale, area: isDrawn ? old.area : grown(area) }
}

function followPointers(element: SVGSVGElement, show: (next: (view: View) => View) => void): () => void {
  const fingers = new Map<number, Point>()
  let hasMoved = false
  const pointOf = (event: MouseEvent): Point => {
    const { left, top } = element.getBoundingClientRect()
    return { x: event.clientX - left, y: event.clientY - top }
  }
  const stop = new AbortController()
  const on = <K extends keyof SVGSVGElementEventMap>(type: K, act: (event: SVGSVGElementEventMap[K]) => void, options: AddEventListenerOptions = {}): void =>
    element.addEventListener(type, act, { ...options, signal: stop.signal })
  on('wheel', (event) => {
    event.preventDefault()
    const pixels = event.deltaY * (event.deltaMode === 0 ? 1 : 16)
    // A pinch on a touchpad comes as a wheel with Ctrl, in small steps.
    show((view) => zoomAt(view, pointOf(event), Math.exp(-pixels * (event.ctrlKey ? 0.01 : 0.0016))))
  }, { passive: false })
  on('pointerdown', (event) => {
    if (event.button !== 0) return
    if (fingers.size === 0) hasMoved = false
    fingers.set(event.pointerId, pointOf(event))
  })
  on('pointermove', (event) => {
    const before = fingers.get(event.pointerId)
    if (before === undefined) return
    const now = pointOf(event)
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1]
    if (other === undefined && !hasMoved && Math.hypot(now.x - before.x, now.y - before.y) < MOVED_PIXELS) return
    if (!hasMoved) element.setPointerCapture(event.pointerId)
    hasMoved = true
    fingers.set(event.pointerId, now)
    show((view) => (other === undefined ? moveBy(view, { x: now.x - before.x, y: now.y - before.y }) : pinch(view, [before, other], [now, other])))
  })
  const lift = (event: PointerEvent): void => void fingers.delete(event.pointerId)
  on('pointerup', lift)
  on('pointercancel', lift)
  on('dragstart', (event) => event.preventDefault())
  // What ends a move is no click.
  on('click', (event) => {
    if (!hasMoved) return
    hasMoved = false
    event.preventDefault()
    event.stopPropagation()
  }, { capture: true })
  return () => stop.abort()
}
