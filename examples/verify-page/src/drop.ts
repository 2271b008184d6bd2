/** Lets one drop a file on an element. The element also has a file input, for the keyboard and for screen readers. */

/** Calls `take` with the file that is dropped. A file that is dropped beside it is not opened by the browser. */
export function onDrop(element: HTMLElement, take: (file: File) => void): void {
  let inside = 0
  const over = (): void => void element.classList.toggle('over', inside > 0)
  element.addEventListener('dragenter', () => {
    inside++
    over()
  })
  element.addEventListener('dragleave', () => {
    inside--
    over()
  })
  element.addEventListener('drop', event => {
    inside = 0
    over()
    const [file] = event.dataTransfer?.files ?? []
    if (file !== undefined) take(file)
  })
  for (const type of ['dragover', 'drop'] as const) document.addEventListener(type, event => event.preventDefault())
}
