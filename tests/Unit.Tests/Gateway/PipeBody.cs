using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace GrokForge.Unit.Tests.Gateway;

/// <summary>A response body that is a pipe, so that a test can be a client that does not read.</summary>
internal sealed class PipeBody(PipeWriter writer) : IHttpResponseBodyFeature
{
    public Stream Stream => writer.AsStream();

    public PipeWriter Writer => writer;

    public Task CompleteAsync() => Task.CompletedTask;

    public void DisableBuffering()
    {
    }

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
