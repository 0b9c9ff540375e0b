package io.winnow.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.files.AtomicFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables of folders made by hand: exact texts. */
class SweepTableTest {
  private static final String SWEEP =
      """
      seeds: [0, 1, 2]
      axes: {selection: {drawn: {prune.method: uniform}, scored: {}}, prune.ratio: [0.1, 0.2]}
      cells: {full: {prune.ratio: 1}}
      paper: {fd: {drawn-0.1: 14.5, full: 3.66}}
      metrics: [fd, class-fd, worst-class-fd]
      """;

  @TempDir Path folder;
  private SmallSweep small;
  private Sweep sweep;

  @BeforeEach
  void make() {
    small = new SmallSweep(folder);
    sweep = small.read(SWEEP);
    small.done(sweep, "drawn-0.1", 0, 10, 20, 30);
    small.done(sweep, "drawn-0.1", 1, 12, 22, 36);
    small.done(sweep, "drawn-0.1", 2, 17, 20, 42);
    small.done(sweep, "scored-0.1", 1, 0.012345, 1234.5, 0);
    small.failed("scored-0.1", 0, "train: out of | memory");
    small.failed("full", 0, "a, \"quoted\" reason");
  }

  private SweepTable table() {
    return SweepTable.of(sweep, small.layout());
  }

  private static final String NOTES =
      """
      mean ± sample standard deviation over n seeds.
      n = 1: no spread; one seed decides nothing.
      images, seconds: of one run alone, shared stages included. Speed-ups in seconds against full\
       data; ~: its time is predicted from this run's images per second. At equal steps nothing is\
       saved by definition.
      drawn-0.2: seed 0 not run
      drawn-0.2: seed 1 not run
      drawn-0.2: seed 2 not run
      scored-0.1: seed 0 failed: train: out of | memory
      scored-0.1: seed 2 not run
      scored-0.2: seed 0 not run
      scored-0.2: seed 1 not run
      scored-0.2: seed 2 not run
      full: seed 0 failed: a, "quoted" reason
      full: seed 1 not run
      full: seed 2 not run
      """;

  private static final String VERDICTS =
      """

      cell        against    distance              ratio  95 % interval          verdict    seeds  seeds for a verdict
      scored-0.1  drawn-0.1  fd-resnet20-cifar@2k  0.001              -  cannot tell yet  3 and 1                    2
      ratio: of geometric means over seeds, and over classes; below 1 is closer to the reference. A\
       verdict errs in 5 % of cases where there is no difference, with seeds fixed before. Seeds for\
       a verdict: for the gap found, in 80 % of cases; a range where seeds are taken to vary by 1 to\
       2 %, as one does not tell.
      """;

  @Test
  void text_hasMeanSpreadAndPaperOfEveryCell() {
    assertThat(TableFormat.TEXT.text(table()))
        .isEqualTo(
            """
            cell        fd-resnet20-cifar@2k  fd-resnet20-cifar@200, class mean  fd-resnet20-cifar@200, worst class  paper: fd  n  images  seconds  training run  end to end  equal steps
            drawn-0.1           13.00 ± 3.61                       28.33 ± 3.06                        36.00 ± 6.00       14.5  3      60    6.000        ~3.00x       1.50x       ~1.00x
            drawn-0.2                      -                                  -                                   -          -  0       -        -             -           -            -
            scored-0.1               0.01235                              617.3                               1,235          -  1      70    7.000        ~3.00x       1.50x       ~1.00x
            scored-0.2                     -                                  -                                   -          -  0       -        -             -           -            -
            full                           -                                  -                                   -       3.66  0       -        -             -           -            -
            """
                + NOTES
                + VERDICTS);
  }

  @Test
  void markdown_isTheSameTableForAPage() {
    String text = TableFormat.MARKDOWN.text(table());
    assertThat(text)
        .startsWith(
            """
            | cell | fd-resnet20-cifar@2k | fd-resnet20-cifar@200, class mean | fd-resnet20-cifar@200, worst class | paper: fd | n | images | seconds | training run | end to end | equal steps |
            | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
            | drawn-0.1 | 13.00 ± 3.61 | 28.33 ± 3.06 | 36.00 ± 6.00 | 14.5 | 3 | 60 | 6.000 | ~3.00x | 1.50x | ~1.00x |
            | drawn-0.2 | - | - | - | - | 0 | - | - | - | - | - |
            | scored-0.1 | 0.01235 | 617.3 | 1,235 | - | 1 | 70 | 7.000 | ~3.00x | 1.50x | ~1.00x |
            | scored-0.2 | - | - | - | - | 0 | - | - | - | - | - |
            | full | - | - | - | 3.66 | 0 | - | - | - | - | - |

            mean ± sample""")
        .contains(NOTES.replace("|", "\\|").replace("\n", "  \n").substring(4))
        .contains(
            """

            | cell | against | distance | ratio | 95 % interval | verdict | seeds | seeds for a verdict |
            | --- | --- | --- | ---: | ---: | ---: | ---: | ---: |
            | scored-0.1 | drawn-0.1 | fd-resnet20-cifar@2k | 0.001 | - | cannot tell yet | 3 and 1 | 2 |

            ratio: of""");
  }

  @Test
  void csv_hasALineForEveryCellAndMetric_inFull() {
    assertThat(TableFormat.CSV.text(table()))
        .isEqualTo(
            """
            sweep,cell,selection,prune.ratio,metric,mean,deviation,paper,n,seeds,images,seconds,training_run,end_to_end,equal_steps,full_side_measured,open,against,ratio,ratio_low,ratio_high,verdict
            tiny,drawn-0.1,drawn,0.1,fd-resnet20-cifar@2k,13.0,3.605551275463989,14.5,3,0 1 2,60.0,6.0,3.0,1.5,1.0,false,,,,,,
            tiny,drawn-0.1,drawn,0.1,"fd-resnet20-cifar@200, class mean",28.333333333333332,3.0550504633038935,,3,0 1 2,60.0,6.0,3.0,1.5,1.0,false,,,,,,
            tiny,drawn-0.1,drawn,0.1,"fd-resnet20-cifar@200, worst class",36.0,6.0,,3,0 1 2,60.0,6.0,3.0,1.5,1.0,false,,,,,,
            tiny,drawn-0.2,drawn,0.2,,,,,0,,,,,,,,seed 0 not run; seed 1 not run; seed 2 not run,,,,,
            tiny,scored-0.1,scored,0.1,fd-resnet20-cifar@2k,0.012345,,,1,1,70.0,7.0,3.0,1.5,1.0,false,seed 0 failed: train: out of | memory; seed 2 not run,drawn-0.1,9.733769067812379E-4,,,cannot tell yet
            tiny,scored-0.1,scored,0.1,"fd-resnet20-cifar@200, class mean",617.25,,,1,1,70.0,7.0,3.0,1.5,1.0,false,seed 0 failed: train: out of | memory; seed 2 not run,,,,,
            tiny,scored-0.1,scored,0.1,"fd-resnet20-cifar@200, worst class",1234.5,,,1,1,70.0,7.0,3.0,1.5,1.0,false,seed 0 failed: train: out of | memory; seed 2 not run,,,,,
            tiny,scored-0.2,scored,0.2,,,,,0,,,,,,,,seed 0 not run; seed 1 not run; seed 2 not run,,,,,
            tiny,full,,,,,,3.66,0,,,,,,,,"seed 0 failed: a, ""quoted"" reason; seed 1 not run; seed 2 not run",,,,,
            """);
  }

  @Test
  void parquet_hasTheRowsOfTheCsv_typed() throws Exception {
    Path file = folder.resolve("table.parquet");
    TableFormat.PARQUET.write(table(), file);
    TableFormat.CSV.write(table(), folder.resolve("table.csv"));
    assertThat(Files.readString(folder.resolve("table.csv")))
        .isEqualTo(TableFormat.CSV.text(table()));
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement()) {
      List<String> rows = new ArrayList<>();
      ResultSet found =
          statement.executeQuery(
              "SELECT cell, \"prune.ratio\", metric, mean * 2, deviation, paper, n + 1, seeds, open"
                  + " FROM '"
                  + file
                  + "' WHERE metric IS NULL OR metric NOT LIKE '%class%'");
      while (found.next()) {
        List<String> row = new ArrayList<>();
        for (int c = 1; c <= 9; c++) {
          row.add(found.getString(c));
        }
        rows.add(String.join("|", row.stream().map(String::valueOf).toList()));
      }
      assertThat(rows)
          .contains(
              "drawn-0.1|0.1|fd-resnet20-cifar@2k|26.0|3.605551275463989|14.5|4|0 1 2|null",
              "full|null|null|null|null|3.66|1||seed 0 failed: a, \"quoted\" reason; seed 1 not run;"
                  + " seed 2 not run");
      assertThat(rows).hasSize(5);
    }
    assertThatThrownBy(() -> TableFormat.PARQUET.text(table()))
        .hasMessage("--format parquet: no text; expected a file to write it to. Add --to FILE.");
  }

  @Test
  void failure_isOne_untilTheRunIsDone() {
    assertThat(table().anyFailed()).isTrue();
    small.done(sweep, "scored-0.1", 0, 1);
    small.done(sweep, "full", 0, 1);
    assertThat(table().anyFailed()).isFalse();
  }

  /** Numbers of a run that was made with other settings are none of this cell's. */
  @Test
  void runOfOtherSettings_doesNotCount() {
    Sweep other = small.read(SWEEP, "train.steps=9");
    assertThat(TableFormat.TEXT.text(SweepTable.of(other, small.layout())))
        .contains("drawn-0.1: seed 0 has other settings")
        .contains("scored-0.1: seed 1 has other settings");
    Sweep elsewhere = small.read(SWEEP, "compute.threads=7");
    assertThat(TableFormat.CSV.text(SweepTable.of(elsewhere, small.layout())))
        .isEqualTo(TableFormat.CSV.text(table()));
  }

  @Test
  void run_whoseMetricsAreMissing_isNotFinished() throws Exception {
    Files.delete(small.layout().run(new SweepRun("drawn-0.1", 2)).metrics());
    assertThat(TableFormat.TEXT.text(table()))
        .contains("drawn-0.1           11.00 ± 1.41")
        .contains("drawn-0.1: seed 2 not finished");
  }

  @Test
  void eachClass_isAColumn() {
    Sweep classes = small.read(SWEEP.replace("worst-class-fd", "each-class-fd"));
    assertThat(SweepTable.of(classes, small.layout()).metrics())
        .containsExactly(
            "fd-resnet20-cifar@2k",
            "fd-resnet20-cifar@200, class mean",
            "fd-resnet20-cifar@200, class0",
            "fd-resnet20-cifar@200, class1");
  }

  @Test
  void foreignFile_inTheFolder_isNotTakenForARun() {
    AtomicFile.writeString(small.layout().run(new SweepRun("full", 1)).recipe(), "name: x");
    assertThat(TableFormat.TEXT.text(table())).contains("full: seed 1 not run");
  }
}
