package io.winnow.weights.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.winnow.encode.EncoderNames;
import io.winnow.files.Sha256;
import io.winnow.task.HeardProgress;
import io.winnow.task.Interrupted;
import io.winnow.task.Progress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class WeightFetchTest {
  @TempDir Path folder;
  private final byte[] content = new byte[300_000];
  private final List<String> ranges = Collections.synchronizedList(new ArrayList<>());
  private final AtomicInteger breakAfter = new AtomicInteger(Integer.MAX_VALUE);
  private HttpServer server;
  private final WeightFetch fetch = new WeightFetch(Map.of(), Duration.ofSeconds(2));

  @BeforeEach
  void serve() throws IOException {
    new Random(1).nextBytes(content);
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/net.pth", this::answer);
    server.start();
  }

  @AfterEach
  void end() {
    server.stop(0);
  }

  /** Serves the file with ranges; gives nothing more after some bytes when told to, once. */
  private void answer(HttpExchange exchange) throws IOException {
    String range = exchange.getRequestHeaders().getFirst("Range");
    ranges.add(String.valueOf(range));
    int from = range == null ? 0 : Integer.parseInt(range.replace("bytes=", "").replace("-", ""));
    if (from >= content.length) {
      exchange.sendResponseHeaders(416, -1);
      exchange.close();
      return;
    }
    exchange.sendResponseHeaders(range == null ? 200 : 206, content.length - from);
    int to = (int) Math.min(content.length, (long) from + breakAfter.get());
    breakAfter.set(Integer.MAX_VALUE);
    exchange.getResponseBody().write(content, from, to - from);
    exchange.getResponseBody().flush();
    if (to == content.length) {
      exchange.close();
    } // else the client waits in vain
  }

  private WeightCatalogue.Entry entry(String sha256) {
    String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/net.pth";
    return new WeightCatalogue.Entry(
        "net", List.of("resnet50"), "tests", "net.pth", null, sha256, "none", url);
  }

  private WeightCatalogue.Check run(WeightCatalogue.Entry entry) {
    return fetch.fetch(entry, folder, Progress.SILENT, () -> false);
  }

  @Test
  void fetch_ofAFile_putsItInPlaceVerified() {
    String hash = Sha256.of(content);
    WeightCatalogue.Check check = run(entry(hash));
    assertThat(check.verdict()).isEqualTo(WeightCatalogue.Verdict.VERIFIED);
    assertThat(folder.resolve("net.pth")).hasBinaryContent(content);
    assertThat(folder.toFile().list()).containsExactly("net.pth");
    assertThat(run(entry(hash.substring(0, 8))).verdict())
        .isEqualTo(WeightCatalogue.Verdict.BEGINNING_VERIFIED);
    assertThat(run(entry("")).verdict()).isEqualTo(WeightCatalogue.Verdict.NOTHING_PUBLISHED);
    assertThat(ranges).hasSize(1);
  }

  @Test
  void fetch_stopped_goesOnWhereItEnded() throws IOException {
    WeightCatalogue.Entry entry = entry(Sha256.of(content));
    HeardProgress heard = new HeardProgress();
    assertThatThrownBy(() -> fetch.fetch(entry, folder, heard, () -> true))
        .isInstanceOf(Interrupted.class)
        .hasMessageStartingWith("weights fetch net: interrupted");
    assertThat(heard.lines()).hasSize(3).endsWith("end");
    assertThat(heard.lines().get(0)).matches("begin net.pth 292 KiB, [0-9]+ done");
    long had = Files.size(folder.resolve("net.pth.part"));
    assertThat(had).isBetween(1L, 299_999L);

    assertThat(run(entry).verdict()).isEqualTo(WeightCatalogue.Verdict.VERIFIED);

    assertThat(ranges).containsExactly("null", "bytes=" + had + "-");
    assertThat(folder.resolve("net.pth")).hasBinaryContent(content);
  }

  @Test
  void fetch_thatStalls_triesAgainFromThere() {
    breakAfter.set(100_000);
    HeardProgress heard = new HeardProgress();
    assertThat(fetch.fetch(entry(Sha256.of(content)), folder, heard, () -> false).verdict())
        .isEqualTo(WeightCatalogue.Verdict.VERIFIED);
    assertThat(heard.lines()).as("one task").filteredOn(l -> l.startsWith("begin")).hasSize(1);
    assertThat(heard.lines()).endsWith("292", "end");
    assertThat(ranges).hasSize(2);
    assertThat(ranges.get(1)).startsWith("bytes=");
  }

  @Test
  void fetch_ofAWholePart_isNotRepeated() throws IOException {
    Files.write(folder.resolve("net.pth.part"), content);
    assertThat(run(entry(Sha256.of(content))).verdict())
        .isEqualTo(WeightCatalogue.Verdict.VERIFIED);
  }

  @Test
  void fetch_ontoAPartOfAnotherFile_startsAfresh() throws IOException {
    Files.write(folder.resolve("net.pth.part"), new byte[400_000]);
    assertThat(run(entry(Sha256.of(content))).verdict())
        .isEqualTo(WeightCatalogue.Verdict.VERIFIED);
  }

  @Test
  void fetch_ofAnotherFile_isRefusedAndLeavesNothing() {
    assertThatThrownBy(() -> run(entry("0123abcd")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is not the published file")
        .hasMessageContaining("beginning with 0123abcd");
    assertThat(folder.toFile().list()).isEmpty();
  }

  @Test
  void fetch_ofWhatIsNotThere_saysWhatToDoByHand() {
    WeightCatalogue.Entry there = entry("");
    WeightCatalogue.Entry entry =
        new WeightCatalogue.Entry(
            "net",
            there.encoders(),
            "tests",
            "net.pth",
            null,
            "",
            "none",
            there.url().replace("/net", "/no/net"));
    assertThatThrownBy(() -> run(entry))
        .hasMessageContaining("the server answered 404")
        .hasMessageContaining("put it at " + folder.resolve("net.pth"));
  }

  @Test
  void fetch_withoutANetwork_saysWhatToDoByHand() {
    WeightCatalogue.Entry entry = entry("");
    server.stop(0);
    assertThatThrownBy(() -> run(entry))
        .hasMessageContaining("no connection")
        .hasMessageContaining("https_proxy")
        .hasMessageContaining("winnow weights check --as net");
  }

  @Test
  void proxy_ofTheEnvironment_isChosenByScheme() {
    ProxyEnvironment proxies =
        new ProxyEnvironment(
            Map.of(
                "https_proxy", "http://proxy.example:3128",
                "HTTP_PROXY", "other.example:80",
                "no_proxy", "localhost,.intern"));
    assertThat(address(proxies, "https://a.org/x")).isEqualTo("proxy.example:3128");
    assertThat(address(proxies, "http://a.org/x")).isEqualTo("other.example:80");
    assertThat(proxies.select(URI.create("https://localhost/x"))).containsExactly(Proxy.NO_PROXY);
    assertThat(proxies.select(URI.create("https://b.intern/x"))).containsExactly(Proxy.NO_PROXY);
  }

  private static String address(ProxyEnvironment proxies, String uri) {
    InetSocketAddress address =
        (InetSocketAddress) proxies.select(URI.create(uri)).get(0).address();
    return address.getHostString() + ":" + address.getPort();
  }

  @Test
  void fetch_throughAProxy_asksTheProxy() {
    WeightFetch proxied =
        new WeightFetch(
            Map.of("http_proxy", "http://127.0.0.1:" + server.getAddress().getPort()),
            Duration.ofSeconds(20));
    WeightCatalogue.Entry entry =
        new WeightCatalogue.Entry(
            "net",
            List.of("resnet50"),
            "tests",
            "net.pth",
            (long) content.length,
            Sha256.of(content),
            "none",
            "http://weights.example/net.pth");
    assertThat(proxied.fetch(entry, folder, Progress.SILENT, () -> false).verdict())
        .isEqualTo(WeightCatalogue.Verdict.VERIFIED);
  }

  /** All but those that load what their user has trained. */
  @Test
  void catalogue_hasAFileForEveryEncoderThatNeedsOne() {
    List<String> ownWeights = List.of("ddae", "resnet18-cifar", "inception-v3-no-transform-input");
    List<WeightCatalogue.Entry> entries = WeightCatalogue.entries();
    assertThat(entries.stream().flatMap(e -> e.encoders().stream()))
        .containsAll(EncoderNames.ALL.stream().filter(name -> !ownWeights.contains(name)).toList())
        .isSubsetOf(EncoderNames.ALL);
    assertThat(entries.stream().map(WeightCatalogue.Entry::name)).doesNotHaveDuplicates();
    assertThat(entries)
        .allSatisfy(
            e -> {
              assertThat(e.url()).startsWith("https://").endsWith(e.fileName());
              assertThat(e.sha256()).matches("|[0-9a-f]{8}|[0-9a-f]{64}");
              assertThat(e.licence()).isNotBlank();
              boolean named = Arrays.asList(8, 64).contains(e.sha256().length());
              assertThat(named || e.expectation().contains("no hash is published")).isTrue();
            });
    assertThatThrownBy(() -> WeightCatalogue.named("resnet19"))
        .hasMessageContaining("no entry named resnet19")
        .hasMessageContaining("resnet18");
  }
}
