"""What did the JVMs of a cluster's Trino run with when it was recorded, and what had their pods written first?"""

from collections.abc import Sequence

from trinokit.observations import PodContainer, PodLog, RunningJvms
from trinokit.sources.jvms import running_jvms
from trinokit.sources.recorded.recording_files import JVMS_FILE, RecordingFiles

_NOT_RECORDED = "it was not recorded"


class RecordedJvms:
    """The JVMs that are kept in *files*."""

    def __init__(self, files: RecordingFiles) -> None:
        self._files = files

    def running(
        self, pods: Sequence[PodContainer] = (), *, through: str = "trino", patience_s: float = 0
    ) -> RunningJvms:
        """What the JVMs of its Trino had been started with, however it is asked, and why some could not be read."""
        content = self._files.content(JVMS_FILE)
        return (
            running_jvms.load_jvms(content)[0]
            if content
            else RunningJvms(unread={running_jvms.ALL_NODES: _NOT_RECORDED})
        )

    def pod_logs(self, pods: Sequence[PodContainer]) -> tuple[PodLog, ...]:
        """The first lines that the pods of its Trino had written, whatever *pods* are asked for."""
        content = self._files.content(JVMS_FILE)
        if content:
            return running_jvms.load_jvms(content)[1]
        return tuple(PodLog(pod, problem=_NOT_RECORDED) for pod in pods)
