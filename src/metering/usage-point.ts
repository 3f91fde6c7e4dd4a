/** Whether a text is the number of a usage point: 14 digits, on bills and on the meter's display. */
export const isUsagePoint = (text: string): boolean => /^\d{14}$/.test(text);
