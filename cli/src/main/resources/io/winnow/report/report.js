(function () {
  'use strict';
  const root = document.documentElement;
  const system = matchMedia('(prefers-color-scheme: dark)');
  const specs = JSON.parse(document.getElementById('chart-data').textContent);
  const drawn = new Map();

  function color(name) {
    return getComputedStyle(root).getPropertyValue('--' + name).trim();
  }

  function withUnit(text, unit) {
    return unit ? text + ' ' + unit : text;
  }

  function number(value, unit) {
    return withUnit(value.toLocaleString('en-US', Math.abs(value) >= 1000
      ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 4 }), unit);
  }

  // Ticks are round numbers; all their digits tell one from the next (1.005, 1.01).
  function tick(value, unit) {
    return withUnit(Number(value.toPrecision(8))
      .toLocaleString('en-US', { maximumFractionDigits: 12 }), unit);
  }

  function base(spec) {
    const soft = color('soft');
    return {
      animation: false,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: soft },
      tooltip: {
        trigger: 'axis', confine: true, backgroundColor: color('card'), borderColor: color('line'),
        textStyle: { color: color('ink'), fontSize: 12 },
        axisPointer: { type: spec.kind === 'bars' ? 'shadow' : 'line', lineStyle: { color: soft },
          shadowStyle: { color: color('muted'), opacity: 0.15 } },
        valueFormatter: function (v) { return v == null ? '–' : number(v, spec.data.unit); },
      },
    };
  }

  function axis(extra) {
    return Object.assign({
      axisLine: { lineStyle: { color: color('line') } },
      axisTick: { show: false },
      axisLabel: { color: color('soft'), fontSize: 11, hideOverlap: true },
      splitLine: { lineStyle: { color: color('grid') } },
      nameTextStyle: { color: color('soft'), fontSize: 11 },
    }, extra);
  }

  function legend(show) {
    return {
      show: show, top: 2, left: 'right', icon: 'roundRect', itemWidth: 10, itemHeight: 10, itemGap: 9,
      textStyle: { color: color('soft'), fontSize: 11, width: 150, overflow: 'truncate' },
    };
  }

  function legendHeight(series, width) {
    const needed = series.reduce(function (sum, s) {
      return sum + 26 + Math.min(150, 6.6 * s.name.length);
    }, 0);
    return 10 + 21 * Math.ceil(needed / Math.max(width - 10, 1));
  }

  function bars(spec, width) {
    const d = spec.data;
    const crowded = !d.horizontal && !d.histogram && d.labels.length * 62 > width;
    const categories = axis({
      type: 'category', data: d.labels, inverse: d.horizontal, splitLine: { show: false },
      name: spec.small ? '' : d.xName, nameLocation: 'middle', nameGap: 28,
    });
    categories.axisLabel.rotate = crowded ? 38 : 0;
    categories.axisLabel.width = crowded ? 76 : d.horizontal ? 104 : 92;
    categories.axisLabel.overflow = 'truncate';
    categories.axisLabel.hideOverlap = d.labels.length > 40 || d.histogram;
    categories.axisLabel.interval = d.histogram
      ? Math.max(1, Math.floor(d.labels.length / (spec.small ? 3 : 8)))
      : d.labels.length > 40 ? 'auto' : 0;
    const values = axis({ type: 'value', splitNumber: spec.small ? 2 : 5 });
    values.axisLabel.formatter = function (v) { return tick(v, d.unit); };
    const single = d.series.length === 1;
    return Object.assign(base(spec), {
      legend: legend(!single && !spec.small),
      grid: { left: crowded ? 20 : d.horizontal ? 14 : 6, right: d.horizontal ? 60 : 10,
        top: single || spec.small ? 12 : 34, bottom: spec.small || !d.xName ? 8 : 26,
        containLabel: true },
      xAxis: d.horizontal ? values : categories,
      yAxis: d.horizontal ? categories : values,
      series: d.series.map(function (s) {
        return {
          type: 'bar', name: s.name, data: s.values, stack: d.stack ? 'all' : undefined,
          barCategoryGap: d.histogram ? '8%' : '32%',
          barGap: d.overlay ? '-100%' : '8%', barMaxWidth: d.histogram ? undefined : 34,
          itemStyle: { color: color(s.tone), opacity: d.overlay ? 0.72 : 1,
            borderRadius: d.stack || d.histogram ? 0 : d.horizontal ? [0, 3, 3, 0] : [3, 3, 0, 0] },
          label: { show: d.horizontal, position: 'right', color: color('soft'), fontSize: 11,
            formatter: function (p) { return number(p.value, d.unit); } },
        };
      }),
    });
  }

  function lines(spec, width) {
    const d = spec.data;
    const x = axis({ type: 'value', name: d.xName, nameLocation: 'middle', nameGap: 26,
      splitLine: { show: false }, max: 'dataMax' });
    x.axisLabel.formatter = function (v) { return tick(v); };
    const y = axis({ type: d.log ? 'log' : 'value', scale: true });
    y.axisLabel.formatter = function (v) { return tick(v); };
    return Object.assign(base(spec), {
      legend: legend(true),
      grid: { left: 6, right: 20, top: legendHeight(d.series, width), bottom: 26,
        containLabel: true },
      xAxis: x, yAxis: y,
      series: d.series.map(function (s, i) {
        const c = color('l' + i % 12);
        return { type: 'line', name: s.name, data: s.points, showSymbol: s.points.length === 1,
          lineStyle: { width: 2, color: c, type: i < 8 ? 'solid' : 'dashed' }, itemStyle: { color: c } };
      }),
    });
  }

  // A mark at each ratio and a line over its interval, a row each; a dashed line at 1.
  function intervals(spec, width) {
    const d = spec.data;
    const x = axis({ type: 'value', name: d.xName, nameLocation: 'middle', nameGap: 26, scale: true });
    x.axisLabel.formatter = function (v) { return tick(v); };
    const y = axis({ type: 'category', data: d.labels, inverse: true, splitLine: { show: false } });
    y.axisLabel.width = Math.min(330, 0.42 * width);
    y.axisLabel.overflow = 'truncate';
    y.axisLabel.interval = 0;
    const tooltip = Object.assign(base(spec).tooltip, { trigger: 'item',
      formatter: function (p) { // an element, as the text may hold any name
        const box = document.createElement('div');
        box.textContent = d.texts[p.dataIndex];
        return box;
      } });
    const ranges = d.labels.map(function (label, i) {
      return { type: 'line', data: [[d.lows[i], i], [d.highs[i], i]], symbol: 'none', silent: true,
        lineStyle: { width: 3, color: color('a'), opacity: 0.45 } };
    });
    return Object.assign(base(spec), {
      tooltip: tooltip,
      grid: { left: 14, right: 24, top: 12, bottom: 30, containLabel: true },
      xAxis: x, yAxis: y,
      series: ranges.concat([
        { type: 'scatter', data: d.values.map(function (v, i) { return [v, i]; }), symbolSize: 11,
          itemStyle: { color: color('a') },
          markLine: { silent: true, symbol: 'none', label: { show: false },
            lineStyle: { color: color('soft'), type: 'dashed' }, data: [{ xAxis: 1 }] } },
        { type: 'scatter', data: [[1, 0]], symbolSize: 0, silent: true }, // keeps 1 on the axis
      ]),
    });
  }

  // Distances mean something on a map, so that both axes have one scale; their numbers do not.
  function points(spec, width, height) {
    const d = spec.data;
    const top = legendHeight(d.series, width);
    const all = d.series.flatMap(function (s) { return s.points; });
    function ends(at) {
      const values = all.map(function (p) { return p[at]; });
      return [Math.min.apply(null, values), Math.max.apply(null, values)];
    }
    const x = ends(0);
    const y = ends(1);
    const unit = 1.04 * Math.max((x[1] - x[0]) / Math.max(width - 12, 1),
      (y[1] - y[0]) / Math.max(height - top - 6, 1)) || 1;
    function around(range, pixels) {
      const middle = (range[0] + range[1]) / 2;
      return axis({ type: 'value', show: false, min: middle - unit * pixels / 2,
        max: middle + unit * pixels / 2 });
    }
    const size = Math.max(2.5, Math.min(6, 160 / Math.sqrt(all.length)));
    return Object.assign(base(spec), {
      legend: legend(true),
      tooltip: Object.assign(base(spec).tooltip, { trigger: 'item',
        formatter: function (p) { return echarts.format.encodeHTML(p.value[2] + ' \u00b7 ' + p.seriesName); } }),
      grid: { left: 6, right: 6, top: top, bottom: 6 },
      xAxis: around(x, width - 12), yAxis: around(y, height - top - 6),
      series: d.series.map(function (s) {
        return { type: 'scatter', name: s.name, data: s.points, symbolSize: size,
          itemStyle: { color: color(s.tone), opacity: 0.75 } };
      }),
    });
  }

  const kinds = { bars: bars, lines: lines, points: points, intervals: intervals };

  function draw(spec) {
    const element = document.getElementById(spec.id);
    let chart = drawn.get(spec.id);
    if (!chart) {
      if (spec.data.horizontal) {
        element.style.height = Math.max(120, 44 + 38 * spec.data.labels.length) + 'px';
      }
      chart = echarts.init(element, null, { renderer: 'svg' });
      drawn.set(spec.id, chart);
    }
    chart.setOption(kinds[spec.kind](spec, element.clientWidth, element.clientHeight), true);
  }

  // As many columns as fit, or fewer, so that the last row is not left with one cell.
  function evenRows() {
    document.querySelectorAll('.tiles, .charts.small, .images, #memorisation .pictures')
      .forEach(function (grid) {
        const style = getComputedStyle(grid);
        const gap = parseFloat(style.columnGap);
        const cells = grid.querySelectorAll(':scope > :not(h3)').length;
        const fit = Math.floor((grid.clientWidth + gap)
          / (parseFloat(style.getPropertyValue('--cell')) + gap));
        const rows = Math.ceil(cells / Math.max(fit, 1));
        grid.style.setProperty('--columns', Math.max(Math.ceil(cells / Math.max(rows, 1)), 1));
      });
  }

  function setTheme(name) {
    root.dataset.theme = name;
    specs.forEach(draw);
  }

  evenRows();
  setTheme(system.matches ? 'dark' : 'light');
  system.addEventListener('change', function (e) { setTheme(e.matches ? 'dark' : 'light'); });
  document.getElementById('theme').addEventListener('click', function () {
    setTheme(root.dataset.theme === 'dark' ? 'light' : 'dark');
  });

  let waiting = 0;
  addEventListener('resize', function () {
    clearTimeout(waiting);
    waiting = setTimeout(function () {
      evenRows();
      drawn.forEach(function (chart) { chart.resize(); });
      specs.forEach(draw);
    }, 80);
  });

  const links = new Map();
  document.querySelectorAll('nav a').forEach(function (a) { links.set(a.hash.slice(1), a); });
  const observer = new IntersectionObserver(function (entries) {
    entries.forEach(function (entry) {
      if (entry.isIntersecting) {
        links.forEach(function (a, id) { a.classList.toggle('here', id === entry.target.id); });
      }
    });
  }, { rootMargin: '-10% 0px -75% 0px' });
  links.forEach(function (a, id) { observer.observe(document.getElementById(id)); });
  root.dataset.ready = String(drawn.size);
}());
