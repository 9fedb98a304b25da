namespace GrokForge.Gateway.VideoJobs;

/// <summary>Video jobs do not exist yet: every call answers UNIMPLEMENTED.</summary>
internal sealed class VideoJobsRpc : Contracts.VideoJobs.VideoJobs.VideoJobsBase;
