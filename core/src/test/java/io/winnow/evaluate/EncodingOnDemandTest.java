package io.winnow.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.artifact.Features;
import io.winnow.artifact.Metric;
import io.winnow.data.BadImageException;
import io.winnow.data.Dataset;
import io.winnow.data.Image;
import io.winnow.data.ImageDraw;
import io.winnow.data.Png;
import io.winnow.task.Progress;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Workers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which encoders an evaluation looks for and when, what it keeps of their work, what it says. */
class EncodingOnDemandTest {
  @TempDir Path folder;

  private final List<String> asked = new ArrayList<>();
  private final List<String> told = new ArrayList<>();

  private final Progress listener =
      new Progress() {
        @Override
        public void begin(String task, String unit, long total, long done) {
          told.add(task + ": " + total + " " + unit);
        }

        @Override
        public void step(long done, String note) {
          told.add("to " + done);
        }

        @Override
        public void end() {
          told.add("end");
        }

        @Override
        public void note(String line) {
          told.add(line);
        }
      };

  private EvaluationSettings settings(String chosen, String missing) {
    return new EvaluationSettings(
        name -> {
          asked.add(name);
          if (name.equals(missing)) {
            throw new IllegalArgumentException("no weights of " + name);
          }
          return () ->
              new CornerEncoder(name, "w", List.of("red", "green", "blue"), new AtomicInteger());
        },
        chosen,
        null,
        4,
        folder.resolve("work"),
        folder.resolve("pictures"),
        0,
        "float32",
        listener,
        () -> false);
  }

  private void images(String name, long seed, int count) {
    for (int i = 0; i < count; i++) {
      byte[] rgb = new byte[3 * 4];
      for (int p = 0; p < rgb.length; p++) {
        rgb[p] = (byte) (255 * RandomStreams.of(seed).uniform("p", i, p));
      }
      Png.write(new Image(2, 2, rgb), folder.resolve(name).resolve("%03d.png".formatted(i)));
    }
  }

  private Evaluation.Outcome compare(EvaluationSettings settings, MetricKind... kinds) {
    try (Side own = open("a");
        Side theirs = open("b")) {
      return Evaluation.run(settings, EvaluationRequest.of(own, theirs, List.of(kinds)));
    }
  }

  private Side open(String name) {
    return Sides.open(folder.resolve(name), new ImageDraw("", 0, 0, 0), List.of(), Progress.SILENT);
  }

  @Test
  void encodersOfAllMetrics_areLookedFor_beforeAnythingIsEncoded() {
    images("a", 1, 6);
    images("b", 2, 9);
    MetricKind[] kinds = {MetricKind.FD, MetricKind.CMMD};
    assertThatThrownBy(() -> compare(settings("e", "clip-vit-l14-336"), kinds))
        .hasMessage("no weights of clip-vit-l14-336");
    assertThat(folder.resolve("work/features")).doesNotExist();
    asked.clear();
    assertThat(compare(settings("e", null), kinds).metrics())
        .extracting(Metric::name)
        .containsExactly("fd-e@6", "fd-e@4", "cmmd@6");
    assertThat(asked).containsExactly("e", "clip-vit-l14-336");
  }

  /** FD of the chosen encoder and the one that is always DINOv2's are the same distance here. */
  @Test
  void floors_ofTwoDistancesThroughOneEncoder_areGivenOnce() {
    images("a", 1, 6);
    images("b", 2, 20);
    assertThat(compare(settings("dinov2-l", null), MetricKind.FD, MetricKind.FD_DINOV2).metrics())
        .extracting(m -> m.c().variant())
        .containsExactly(null, "floor", "floor-at-n", null);
  }

  @Test
  void classWithTheFewestImages_isTheOneWarnedOf() {
    images("a/cat", 1, 3);
    images("a/dog", 2, 2);
    images("b/cat", 3, 9);
    images("b/dog", 4, 9);
    Evaluation.Outcome outcome = compare(settings("e", null), MetricKind.CLASS_FD);
    assertThat(outcome.warnings())
        .singleElement()
        .asString()
        .startsWith("fd-e@2: 2 images for 2 features");
    images("a/dog", 2, 3);
    assertThat(compare(settings("e", null), MetricKind.CLASS_FD).warnings()).isEmpty();
  }

  @Test
  void classAgreement_saysHowFarItIs() {
    images("a/red", 1, 101);
    images("b/red", 2, 4);
    compare(settings("e", null), MetricKind.CLASS_AGREEMENT);
    assertThat(told).containsExactly("class agreement: 101 images", "to 100", "to 101", "end");
  }

  private Features encode(Path features, String contents) {
    try (Side side = open("a")) {
      return FeatureCache.run(
          side.images().orElseThrow().dataset(),
          contents,
          new CornerEncoder("e"),
          features,
          4,
          "encode samples",
          listener,
          () -> false);
    }
  }

  @Test
  void featuresOfOtherImages_areEncodedAnew_andItIsSaid() {
    images("a", 1, 6);
    Path features = folder.resolve("features");
    encode(features, "first").close();
    encode(features, "first").close();
    String anew =
        "encode samples: " + features + " has features of other images; encoding these anew";
    assertThat(told).doesNotContain(anew);
    encode(features, "second").close();
    assertThat(told).containsOnlyOnce(anew);
  }

  @Test
  void folderThatAUserNames_keepsTheFeaturesOfItsEncoder() {
    images("a", 1, 6);
    Path features = folder.resolve("features");
    CornerEncoder other = new CornerEncoder("f");
    FeatureCache.requireSameEncoder(features, other);
    encode(features, "first").close();
    FeatureCache.requireSameEncoder(features, new CornerEncoder("e"));
    assertThatThrownBy(() -> FeatureCache.requireSameEncoder(features, other))
        .hasMessage(
            features
                + ": holds features of "
                + new CornerEncoder("e").identity().describe()
                + "; expected a new folder, or those of "
                + other.identity().describe()
                + ". Choose another folder, or delete this one.");
  }

  /** Images that tell which threads decoded them. */
  private record Heard(Dataset inner, Set<Thread> threads) implements Dataset {
    @Override
    public String name() {
      return inner.name();
    }

    @Override
    public int size() {
      return inner.size();
    }

    @Override
    public List<String> classes() {
      return inner.classes();
    }

    @Override
    public String id(int i) {
      return inner.id(i);
    }

    @Override
    public int label(int i) {
      return inner.label(i);
    }

    @Override
    public byte[] encoded(int i) {
      return inner.encoded(i);
    }

    @Override
    public Image image(int i) throws BadImageException {
      threads.add(Thread.currentThread());
      return inner.image(i);
    }

    @Override
    public void close() {}
  }

  @Test
  void images_areDecodedByAsManyThreadsAsTheEngineHas() {
    images("a", 1, 24);
    int before = torch.get_num_threads();
    try (Side side = open("a")) {
      for (int threads : new int[] {1, 3}) {
        torch.set_num_threads(threads);
        Set<Thread> seen = ConcurrentHashMap.newKeySet();
        Dataset heard = new Heard(side.images().orElseThrow().dataset(), seen);
        Path target = folder.resolve("by" + threads);
        CornerEncoder encoder = new CornerEncoder("e");
        FeatureCache.run(heard, "x", encoder, target, 12, "encode", listener, () -> false).close();
        assertThat(seen).hasSizeBetween(1, Workers.readers());
      }
    } finally {
      torch.set_num_threads(before);
    }
  }

  @Test
  void encodersOfMetrics_areNamedOnce_andThoseOfNoneAreTheUsualOnes() {
    assertThat(MetricEncoders.all(List.of(), "e")).isEqualTo(Set.of("e"));
    assertThat(
            MetricEncoders.all(
                List.of(MetricKind.CMMD, MetricKind.FD, MetricKind.KID, MetricKind.FID), "e"))
        .containsExactly("clip-vit-l14-336", "e", "fid-inception");
  }

  @Test
  void metricThatThereIsNot_isRefused_withTheNamesThereAre() {
    List<String> names = Arrays.stream(MetricKind.values()).map(MetricKind::slug).toList();
    assertThatThrownBy(() -> MetricKind.parse("fdd"))
        .hasMessage("metric \"fdd\" is unknown; expected one of " + String.join(", ", names) + ".");
  }
}
