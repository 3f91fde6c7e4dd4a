/** A dashboard with Linky widgets that tests feed by HTTP. */

export interface Widget {
  id: string;
  width?: number;
  height?: number;
  label?: string;
  color?: string;
  transparent?: boolean;
}

const LIGHT = {
  surface: '#ffffff',
  primary: '#0094CE',
  bgPage: '#eeeeee',
  groupBg: '#ffffff',
  groupOutline: '#cccccc',
};
const DARK = {
  surface: '#16191c',
  primary: '#0094CE',
  bgPage: '#0e1012',
  groupBg: '#1d2125',
  groupOutline: '#333a40',
};

/**
 * `POST /feed/<id>` sends the body to a widget; `GET /sent/<id>` lists the topics of what the widget sent.
 * @param groupWidth in units of the page's twelve
 */
export function dashboardOf(widgets: readonly Widget[], { dark = false, groupWidth = 6 } = {}): object[] {
  const sizes = {
    density: 'default',
    pagePadding: '12px',
    groupGap: '12px',
    groupBorderRadius: '4px',
    widgetGap: '12px',
  };
  return [
    { id: 'tab', type: 'tab', label: 'Linky' },
    {
      id: 'linky-base',
      type: 'ui-base',
      name: 'Dashboard',
      path: '/dashboard',
      navigationStyle: 'default',
      headerContent: 'page',
    },
    {
      id: 'linky-theme',
      type: 'ui-theme',
      name: dark ? 'Dark' : 'Light',
      colors: dark ? DARK : LIGHT,
      sizes,
    },
    {
      id: 'linky-page',
      type: 'ui-page',
      name: 'Linky',
      ui: 'linky-base',
      path: '/linky',
      icon: 'home',
      layout: 'grid',
      theme: 'linky-theme',
      order: 1,
      breakpoints: [
        { name: 'Default', px: '0', cols: '3' },
        { name: 'Tablet', px: '576', cols: '6' },
        { name: 'Small Desktop', px: '768', cols: '9' },
        { name: 'Desktop', px: '1024', cols: '12' },
      ],
    },
    {
      id: 'linky-group',
      type: 'ui-group',
      name: 'Électricité',
      page: 'linky-page',
      width: groupWidth,
      height: 1,
      order: 1,
      showTitle: false,
    },
    ...widgets.flatMap(({ id, ...config }, index) => [
      {
        id,
        type: 'ui-linky',
        z: 'tab',
        group: 'linky-group',
        order: index + 1,
        width: 3,
        height: 9,
        name: '',
        label: '',
        color: '#b4d334',
        transparent: false,
        ...config,
        wires: [[`${id}-sent`]],
      },
      {
        id: `${id}-in`,
        type: 'http in',
        z: 'tab',
        url: `/feed/${id}`,
        method: 'post',
        wires: [[`${id}-split`]],
      },
      {
        id: `${id}-split`,
        type: 'function',
        z: 'tab',
        outputs: 2,
        func: 'const body = msg.payload; msg.payload = "ok"; return [body, msg];',
        wires: [[id], [`${id}-answer`]],
      },
      { id: `${id}-answer`, type: 'http response', z: 'tab', wires: [] },
      {
        id: `${id}-sent`,
        type: 'function',
        z: 'tab',
        outputs: 0,
        func: `flow.set('${id}', [...(flow.get('${id}') ?? []), msg.topic]);`,
        wires: [],
      },
      {
        id: `${id}-ask`,
        type: 'http in',
        z: 'tab',
        url: `/sent/${id}`,
        method: 'get',
        wires: [[`${id}-list`]],
      },
      {
        id: `${id}-list`,
        type: 'function',
        z: 'tab',
        outputs: 1,
        func: `msg.payload = flow.get('${id}') ?? []; return msg;`,
        wires: [[`${id}-answer`]],
      },
    ]),
  ];
}
