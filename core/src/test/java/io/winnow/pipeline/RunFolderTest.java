package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.artifact.RunLayout;
import io.winnow.artifact.RunRecord;
import io.winnow.artifact.SpeedUps;
import io.winnow.config.StrictYaml;
import io.winnow.files.AtomicFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run's folder as a kill may leave it, and as another recipe takes it over. */
class RunFolderTest {
  @TempDir Path home;

  private RunLayout run() {
    return new RunLayout(home.resolve("run"));
  }

  private static StrictYaml.Resolved<Recipe> recipe(String... sets) {
    List<String> all = new ArrayList<>(List.of("dataset.type=shapes", "dataset.count=100"));
    all.addAll(List.of(sets));
    return Recipe.read(null, all);
  }

  private void open(StrictYaml.Resolved<Recipe> recipe) {
    RunFolder.open(run().folder(), recipe, Map.of()).close();
  }

  /** What ends between the files is the second one: its text is none. */
  @Test
  void beginning_thatWasKilledBetweenItsFiles_isARun_andGoesOn() {
    StrictYaml.Resolved<Recipe> whole = recipe();
    StrictYaml.Resolved<Recipe> cut =
        new StrictYaml.Resolved<>(whole.value(), null, whole.sha256(), Map.of());
    assertThatThrownBy(() -> open(cut)).isInstanceOf(NullPointerException.class);
    assertThat(run().record()).as("without it the folder would be refused").exists();
    assertThat(run().recipe()).doesNotExist();
    open(whole);
    assertThat(run().recipe()).hasContent(whole.yaml());
  }

  @Test
  void otherRecipe_takesTheEndOfTheRunAway_otherMachineDoesNot() {
    open(recipe());
    RunRecord.Stage done =
        new RunRecord.Stage(RunRecord.State.DONE, Map.of(), Map.of(), 1, 1, "", null);
    RunRecord.read(run().record()).with("train", done).write(run().record());
    new SpeedUps(List.of()).write(run().speedUps());
    open(recipe());
    open(recipe("compute.threads=1"));
    assertThat(run().speedUps()).exists();
    open(recipe("compute.threads=1", "train.batch=7"));
    assertThat(run().speedUps()).doesNotExist();
    assertThat(RunRecord.read(run().record()).stages()).as("what stands stays").hasSize(1);
  }

  /** The number of a process that is over, and that of this one. */
  @Test
  void whatKilledWritersLeft_isDeleted_andNothingElse() throws Exception {
    open(recipe());
    Process over = new ProcessBuilder("true").start();
    over.waitFor();
    Path folder = run().folder();
    Path file = folder.resolve("features/resnet18/.features-00000.npy.tmp-" + over.pid());
    Path inside = folder.resolve(".model.tmp-" + over.pid() + "/weights.safetensors");
    Path alive = folder.resolve("features/.index.parquet.tmp-" + ProcessHandle.current().pid());
    Path alike = folder.resolve("notes.tmp-" + over.pid());
    for (Path written : List.of(file, inside, alive, alike)) {
      AtomicFile.writeString(written, "part");
    }
    open(recipe());
    assertThat(file).doesNotExist();
    assertThat(inside.getParent()).doesNotExist();
    assertThat(List.of(alive, alike, run().record())).allMatch(Files::exists);
  }
}
