package io.winnow.pipeline;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A stage of one outcome and nothing to prepare.
 *
 * @param id which one
 * @param asked its inputs, once earlier stages are done
 * @param outputs what it leaves
 * @param states what goes with the outputs when they are discarded: what an interrupted attempt
 *     leaves besides, or what was said of them
 * @param work does it, or goes on
 */
record PlainStage(
    StageId id,
    Supplier<Map<String, String>> asked,
    List<Path> outputs,
    List<Path> states,
    Supplier<StageOutcome> work)
    implements RunStage {
  @Override
  public Map<String, String> inputs() {
    return asked.get();
  }

  @Override
  public StageOutcome run() {
    return work.get();
  }

  @Override
  public void discard() {
    outputs.forEach(Leftovers::delete);
    states.forEach(Leftovers::delete);
  }
}
