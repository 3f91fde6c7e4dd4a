/** Whether an element lies on a dark group of Dashboard, whose themes are colours without a name for it. */
export function isDark(element: Element): boolean {
  const [red = 255, green = 255, blue = 255] = getComputedStyle(element)
    .getPropertyValue('--v-theme-group-background')
    .split(',')
    .map(Number);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 110;
}
