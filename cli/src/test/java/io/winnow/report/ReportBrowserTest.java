package io.winnow.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.ColorScheme;
import io.winnow.artifact.ClassWeights;
import io.winnow.artifact.TrajectoryCsv;
import io.winnow.compare.SideBySide;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Opens the report in the system's Chromium; skipped with a message where there is none. */
class ReportBrowserTest {
  private static final String RUN = "report.html";
  private static final String SIDES = "comparison.html";

  @TempDir static Path folder;

  private static Playwright playwright;
  private static Browser browser;

  @BeforeAll
  static void openBrowser() throws IOException {
    Optional<Path> chromium = chromium();
    assumeTrue(chromium.isPresent(), "no chromium, chromium-browser or google-chrome on the PATH");
    SyntheticRun.write(folder);
    TrajectoryCsv.write(nearlyEqualWeights(), folder.resolve("class-weights.csv"));
    Report.write(folder);
    sideBySide();
    playwright =
        Playwright.create(
            new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
    browser =
        playwright
            .chromium()
            .launch(
                new BrowserType.LaunchOptions()
                    .setExecutablePath(chromium.get())
                    .setArgs(List.of("--no-sandbox", "--disable-gpu")));
  }

  private static void sideBySide() throws IOException {
    Path sides = folder.resolve("sides");
    ComparisonPage.write(
        folder.resolve(SIDES),
        SideBySide.of(
            List.of(
                SideRunsFolder.write(sides.resolve("full"), "uniform", 10, 12, 11),
                SideRunsFolder.write(sides.resolve("moderate-10-reweighted"), "x", 9, 10.9, 9.8),
                SideRunsFolder.write(sides.resolve("<b>one"), "gaussian", 20)),
            0.05));
  }

  /** Weights that differ in the third decimal: their axis has ticks such as 1.005 and 1.01. */
  private static ClassWeights.Trajectory nearlyEqualWeights() {
    List<ClassWeights.Trajectory.Row> rows = new ArrayList<>();
    for (int step = 0; step <= 100; step += 10) {
      double[] row = new double[SyntheticRun.CLASSES.size()];
      for (int k = 0; k < row.length; k++) {
        row[k] = 1 + 0.00002 * (k - 3) * step;
      }
      rows.add(new ClassWeights.Trajectory.Row(step, 0.1, 5, row));
    }
    return new ClassWeights.Trajectory(SyntheticRun.CLASSES, rows);
  }

  @AfterAll
  static void closeBrowser() {
    if (playwright != null) {
      playwright.close();
    }
  }

  private static Optional<Path> chromium() {
    String path = System.getenv("PATH");
    return Stream.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
        .flatMap(
            name -> Arrays.stream(path.split(File.pathSeparator)).map(dir -> Path.of(dir, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** A page of the report, everything but the file itself refused and written down. */
  private static Page open(
      String file, int width, ColorScheme scheme, List<String> fetched, List<String> errors) {
    Page page =
        browser
            .newContext(
                new Browser.NewContextOptions().setViewportSize(width, 900).setColorScheme(scheme))
            .newPage();
    String address = folder.resolve(file).toUri().toString();
    page.route(
        "**/*",
        route -> {
          if (route.request().url().equals(address)) {
            route.resume();
          } else {
            fetched.add(route.request().url());
            route.abort();
          }
        });
    page.onRequest(
        request -> {
          if (!request.url().equals(address) && !request.url().startsWith("data:")) {
            fetched.add(request.url());
          }
        });
    page.onConsoleMessage(
        message -> {
          if (message.type().equals("error")) {
            errors.add(message.text());
          }
        });
    page.onPageError(errors::add);
    page.navigate(address);
    page.waitForFunction("document.documentElement.dataset.ready !== undefined");
    return page;
  }

  private static Page open(int width, ColorScheme scheme) {
    return open(RUN, width, scheme, new ArrayList<>(), new ArrayList<>());
  }

  @Test
  void report_opened_fetchesNothingAndHasNoErrors() {
    List<String> fetched = new ArrayList<>();
    List<String> errors = new ArrayList<>();
    try (Page page = open(RUN, 1280, ColorScheme.LIGHT, fetched, errors)) {
      page.evaluate("window.scrollTo(0, document.body.scrollHeight)");
      assertThat(page.title()).isEqualTo("shapes-moderate-20 · Winnow");
      assertThat(fetched).isEmpty();
      assertThat(errors).isEmpty();
    }
  }

  @Test
  void charts_all_areDrawnAndDescribed() {
    try (Page page = open(1280, ColorScheme.LIGHT)) {
      int charts = page.locator(".chart").count();
      assertThat(charts).isEqualTo(13 + SyntheticRun.CLASSES.size());
      assertThat(page.locator(".chart svg").count()).isEqualTo(charts);
      assertThat(page.locator(".chart svg path").count()).isGreaterThan(10 * charts);
      assertThat(page.locator(".chart[aria-label='']").count()).isZero();
      assertThat(page.locator("#chart-loss").getAttribute("aria-label"))
          .contains("reference ends at")
          .contains("1,400 steps");
      assertThat(page.locator("#chart-class-0").textContent())
          .contains("with reweighting")
          .contains("without reweighting")
          .contains("circle");
      assertThat(page.locator("#chart-planted").textContent()).contains("outlier");
    }
  }

  @Test
  void panels_showCountsNamesAndSpeedUps() {
    try (Page page = open(1280, ColorScheme.LIGHT)) {
      assertThat(page.locator(".tiles").textContent())
          .contains("of 1,200")
          .contains("fd-resnet18@1k")
          .contains("14.27")
          .contains("floor 6.40")
          .contains("87.4 %")
          .contains("5.00×");
      assertThat(page.locator("#quarantine").textContent())
          .contains("ring/broken.png")
          .contains("star/<huge>.jpg")
          .contains("3 of 1,203 images");
      assertThat(page.locator("#speed-ups").textContent())
          .contains("Per training run")
          .contains("End to end")
          .contains("At equal steps")
          .contains("2.44×")
          .contains("predicted");
      assertThat(page.locator("#stages").textContent()).contains("reweight").contains("1 min 12 s");
      assertThat(page.locator("#origins").textContent()).contains("ratio: 0.2").contains("17.0.12");
      assertThat(page.locator("#class-wise").textContent()).contains("Fig. 2");
    }
  }

  @Test
  void pictures_all_areDecodedAndDescribed() {
    try (Page page = open(1280, ColorScheme.LIGHT)) {
      assertThat(page.locator("#gallery img").count()).isEqualTo(160);
      assertThat(page.locator("#samples img").count()).isEqualTo(100);
      assertThat(page.locator("#memorisation img").count()).isEqualTo(12);
      Object broken =
          page.evaluate(
              "async () => { const all = [...document.images];"
                  + " all.forEach(i => { i.loading = 'eager'; });"
                  + " await Promise.all(all.map(i => i.decode()));"
                  + " return all.filter(i => i.naturalWidth === 0 || !i.alt).length; }");
      assertThat(broken).isEqualTo(0);
    }
  }

  @Test
  void themes_bothAreReadableAndSwitchable() {
    try (Page page = open(1280, ColorScheme.DARK)) {
      String background = "getComputedStyle(document.body).backgroundColor";
      assertThat(page.evaluate(background)).isEqualTo("rgb(17, 21, 28)");
      page.locator("#theme").click();
      assertThat(page.evaluate(background)).isEqualTo("rgb(246, 247, 249)");
    }
  }

  @Test
  void narrowScreen_doesNotScrollSideways() {
    try (Page page = open(390, ColorScheme.LIGHT)) {
      assertThat((Boolean) page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
          .isTrue();
      assertThat(page.locator("#chart-counts svg").boundingBox().width).isLessThanOrEqualTo(360);
    }
  }

  /** What only scrolls inside itself is no overflow: wide tables, the contents, code. */
  @ParameterizedTest
  @CsvSource({"400,LIGHT", "400,DARK", "900,LIGHT", "900,DARK", "1500,LIGHT", "1500,DARK"})
  void elements_atAnyWidth_holdTheirContent(int width, ColorScheme scheme) {
    for (String file : List.of(RUN, SIDES)) {
      try (Page page = open(file, width, scheme, new ArrayList<>(), new ArrayList<>())) {
        assertHoldsItsContent(page);
      }
    }
  }

  private static void assertHoldsItsContent(Page page) {
    Object tooWide =
        page.evaluate(
            "[...document.body.querySelectorAll('*')]"
                + ".filter(e => e instanceof HTMLElement && e.clientWidth > 0)"
                + ".filter(e => e.scrollWidth > e.clientWidth)"
                + ".filter(e => !['auto', 'scroll'].includes(getComputedStyle(e).overflowX))"
                + ".map(e => e.outerHTML.slice(0, 80))");
    assertThat((List<?>) tooWide).isEmpty();
  }

  /** Marks, intervals and the line at 1 are drawn; names are text, in tooltips too. */
  @Test
  void sides_areDrawn_withoutErrors() {
    List<String> fetched = new ArrayList<>();
    List<String> errors = new ArrayList<>();
    try (Page page = open(SIDES, 1280, ColorScheme.LIGHT, fetched, errors)) {
      int charts = page.locator(".chart").count();
      assertThat(charts).isEqualTo(2);
      assertThat(page.locator(".chart svg").count()).isEqualTo(charts);
      assertThat(page.locator("#chart-ratios").textContent())
          .contains("moderate-10-reweighted", "ratio to full");
      page.evaluate(
          "echarts.getInstanceByDom(document.getElementById('chart-ratios'))"
              + ".dispatchAction({type: 'showTip', seriesIndex: 4, dataIndex: 2})");
      assertThat(page.locator("#chart-ratios").textContent())
          .contains("<b>one, fd-net@2k: 1.823, cannot tell yet");
      assertThat(page.locator("#side-by-side img").count()).isEqualTo(54);
      assertThat(fetched).isEmpty();
      assertThat(errors).isEmpty();
    }
  }

  /** Cells per line, by their upper edges: all lines as long as the first, but for the last. */
  @ParameterizedTest
  @CsvSource({"400", "900", "1500"})
  void grids_atAnyWidth_haveEvenRows(int width) {
    try (Page page = open(width, ColorScheme.LIGHT)) {
      List<?> grids =
          (List<?>)
              page.evaluate(
                  "[...document.querySelectorAll('.tiles, .images, #memorisation .pictures')]"
                      + ".map(g => { const lines = {};"
                      + " g.querySelectorAll(':scope > :not(h3)').forEach(c => {"
                      + " const y = Math.round(c.offsetTop); lines[y] = (lines[y] || 0) + 1; });"
                      + " return Object.values(lines); })");
      assertThat(grids).hasSizeGreaterThan(30);
      for (Object lines : grids) {
        List<Integer> counts = ((List<?>) lines).stream().map(n -> (Integer) n).toList();
        int longest = counts.get(0);
        assertThat(counts.subList(0, counts.size() - 1)).allMatch(n -> n == longest);
        assertThat(counts.get(counts.size() - 1)).isBetween((longest + 1) / 2, longest);
      }
    }
  }

  @Test
  void axes_nearlyEqualValues_repeatNoTick() {
    try (Page page = open(900, ColorScheme.LIGHT)) {
      List<?> axes =
          (List<?>)
              page.evaluate(
                  "[...document.querySelectorAll('.chart')].flatMap(c => {"
                      + " const m = echarts.getInstanceByDom(c).getModel();"
                      + " return ['xAxis', 'yAxis'].map(a => m.getComponent(a).axis.getViewLabels()"
                      + ".map(l => l.formattedLabel)); })");
      assertThat(axes)
          .hasSizeGreaterThan(30)
          .allSatisfy(a -> assertThat((List<?>) a).doesNotHaveDuplicates());
      assertThat(axes.toString()).contains("1.005");
    }
  }
}
