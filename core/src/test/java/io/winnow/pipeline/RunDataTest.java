package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.artifact.Quarantine;
import io.winnow.artifact.RunLayout;
import io.winnow.data.DatasetConfig;
import io.winnow.data.DecodedImages;
import io.winnow.files.AtomicFile;
import io.winnow.task.Progress;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three cats, two dogs and a file that is no picture. */
class RunDataTest {
  @TempDir Path folder;
  private Path set;
  private Path run;
  private final List<String> told = new ArrayList<>();

  private final Progress listener =
      new Progress() {
        @Override
        public void begin(String task, String unit, long total, long done) {
          told.add(task);
        }

        @Override
        public void step(long done, String note) {}

        @Override
        public void end() {}

        @Override
        public void note(String line) {}
      };

  @BeforeEach
  void images() {
    set = folder.resolve("set");
    run = folder.resolve("run");
    SmallSet.images(set, "cat", 3);
    SmallSet.images(set, "dog", 2);
    AtomicFile.writeString(set.resolve("cat/9.png"), "no picture");
  }

  private RunData open(DatasetConfig config, long seed) {
    return RunData.open(config, seed, new RunLayout(run), listener);
  }

  @Test
  void badImages_areLeftOutEverywhere_andStandInQuarantine() {
    try (RunData data = open(SmallSet.config(set), 0)) {
      assertThat(data.size()).isEqualTo(5);
      assertThat(data.dataset().size()).isEqualTo(5);
      assertThat(data.classCount()).isEqualTo(2);
      assertThat(data.labels()).containsExactly(0, 0, 0, 1, 1);
      assertThat(data.inventory().ids())
          .containsExactly("cat/0.png", "cat/1.png", "cat/2.png", "dog/0.png", "dog/1.png");
      assertThat(data.config()).isEqualTo(SmallSet.config(set));
    }
    Quarantine quarantine = Quarantine.read(run.resolve("quarantine.json"));
    assertThat(quarantine.samples()).isEqualTo(6);
    assertThat(quarantine.bad())
        .singleElement()
        .satisfies(
            bad -> {
              assertThat(bad.id()).isEqualTo("cat/9.png");
              assertThat(bad.reason()).isNotEmpty();
            });
  }

  @Test
  void trainingImages_areThoseOfTheDataSet_decodedOnce() {
    try (Scope scope = Scope.open();
        RunData data = open(SmallSet.config(set), 0)) {
      assertThat(data.images()).isInstanceOf(DecodedImages.class).isSameAs(data.images());
      assertThat(data.images().size()).isEqualTo(5);
      assertThat(data.images().labels()).containsExactly(0, 0, 0, 1, 1);
      float[] last = Tensors.floats(data.images().batch(new int[] {4})); // still bytes
      byte colour = (byte) (37 + "dog".hashCode());
      assertThat(last).hasSize(48).containsOnly(colour & 0xff);
    }
  }

  /** What was found is taken from the run's folder while nothing has changed. */
  @Test
  void images_areReadAgain_onlyWhereTheyOrTheirConfigurationHaveChanged() throws Exception {
    open(SmallSet.config(set), 0).close();
    assertThat(told).hasSize(1);
    open(SmallSet.config(set), 0).close();
    open(SmallSet.config(set), 1).close();
    assertThat(told).as("nothing is drawn from a folder").hasSize(1);
    Files.delete(set.resolve("cat/9.png"));
    try (RunData data = open(SmallSet.config(set), 0)) {
      assertThat(data.inventory().bad()).isEmpty();
    }
    assertThat(told).hasSize(2);
    assertThat(Quarantine.read(run.resolve("quarantine.json")).bad()).isEmpty();
    DatasetConfig own = SmallSet.config(set);
    DatasetConfig other =
        new DatasetConfig(
            own.type(), own.path(), "", 2, own.resize(), own.maxPixels(), own.maxBadShare(), 100);
    open(other, 0).close();
    assertThat(told).hasSize(3);
  }

  /** Shapes are drawn: another seed, other images. */
  @Test
  void seed_isPartOfTheSourceOfShapes() {
    DatasetConfig own = SmallSet.config(set);
    DatasetConfig shapes =
        new DatasetConfig(
            DatasetConfig.Type.SHAPES, null, "", 8, own.resize(), own.maxPixels(), 0.5, 100);
    assertThat(RunData.source(shapes, 1)).isNotEqualTo(RunData.source(shapes, 2));
    assertThat(RunData.source(own, 1)).isEqualTo(RunData.source(own, 2));
  }

  @Test
  void twoUsableImages_areTheFewest() throws Exception {
    for (String name : List.of("cat/0.png", "cat/1.png", "dog/0.png")) {
      Files.delete(set.resolve(name));
    }
    try (RunData data = open(SmallSet.config(set), 0)) {
      assertThat(data.size()).isEqualTo(2);
    }
    Files.delete(set.resolve("cat/2.png"));
    assertThatThrownBy(() -> open(SmallSet.config(set), 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("fewer than 2 usable images; see quarantine.json for the reasons");
  }

  @Test
  void tooManyBadImages_endTheRun() {
    AtomicFile.writeString(set.resolve("dog/7.png"), "no picture");
    AtomicFile.writeString(set.resolve("dog/8.png"), "no picture");
    DatasetConfig own = SmallSet.config(set);
    DatasetConfig strict =
        new DatasetConfig(own.type(), own.path(), "", 0, own.resize(), own.maxPixels(), 0.1, 100);
    open(own, 0).close();
    assertThatThrownBy(() -> open(strict, 0)).hasMessageContaining("3 of 8 images are bad");
  }

  /** Two of five images of 4 x 4 pixels, which take the memory that five would. */
  @Test
  void imagesThatWereNotRead_areListed_andAFewOfThemStandForAll(@TempDir Path home) {
    SmallSet.images(home.resolve("set"), "cat", 3);
    SmallSet.images(home.resolve("set"), "dog", 2);
    DatasetConfig config = SmallSet.config(home.resolve("set"));
    try (RunData unread = RunData.unread(config, 0)) {
      assertThat(unread.size()).isEqualTo(5);
      assertThat(unread.labels()).containsExactly(0, 0, 0, 1, 1);
      assertThat(unread.heldBytes()).isEqualTo(5 * 3 * 16);
      RunData few = unread.few(new int[] {1, 4});
      assertThat(few.inventory().ids()).containsExactly("cat/1.png", "dog/1.png");
      assertThat(few.labels()).containsExactly(0, 1);
      assertThat(few.heldBytes()).isEqualTo(5 * 3 * 16);
    }
    RunLayout layout = new RunLayout(home.resolve("run"));
    assertThat(RunData.known(config, 0, layout)).as("nothing was read").isNull();
    SmallSet.open(home.resolve("set"), layout.folder()).close();
    try (RunData known = RunData.known(config, 0, layout)) {
      assertThat(known.inventory().ids()).hasSize(5);
    }
    SmallSet.images(home.resolve("set"), "dog", 4);
    assertThat(RunData.known(config, 0, layout)).as("others were read").isNull();
  }
}
