using System.Net;
using System.Net.Sockets;
using GrokForge.ServiceDefaults.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GrokForge.Unit.Tests.ServiceDefaults;

public sealed class StartUpTests
{
    [Fact]
    public async Task A_taken_port_ends_in_a_sentence()
    {
        using var holder = new TcpListener(IPAddress.Loopback, 0);
        holder.Start();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{((IPEndPoint)holder.LocalEndpoint).Port}");
        await using var app = builder.Build();

        var failure = await Assert.ThrowsAnyAsync<Exception>(() => app.StartAsync(TestContext.Current.CancellationToken));

        Assert.Contains("Another program holds the port", StartUp.Sentence(failure), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_worked_before_a_failed_start_has_ended_when_the_failure_is_told()
    {
        using var holder = new TcpListener(IPAddress.Loopback, 0);
        holder.Start();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{((IPEndPoint)holder.LocalEndpoint).Port}");
        var early = new Early();
        builder.Services.AddHostedService(_ => early);
        await using var app = builder.Build();

        await Assert.ThrowsAnyAsync<IOException>(() => StartUp.StartAsync(app, TestContext.Current.CancellationToken));

        Assert.True(early.ExecuteTask?.IsCompleted);
    }

    [Fact]
    public async Task A_failed_start_is_told_although_stopping_fails_too()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddHostedService(_ => new Unlucky());
        await using var app = builder.Build();

        var failure = await Assert.ThrowsAsync<StartRefusedException>(() => StartUp.StartAsync(app, TestContext.Current.CancellationToken));

        Assert.Equal("Mend this.", failure.Message);
    }

    [Fact]
    public void A_refusal_inside_an_aggregate_is_told_as_it_is() =>
        Assert.Equal("Mend this.", StartUp.Sentence(new AggregateException(new StartRefusedException("Mend this."))));

    [Fact]
    public void What_nobody_foresaw_keeps_its_stack_trace() => Assert.Null(StartUp.Sentence(new InvalidOperationException("a bug")));

    [Fact]
    public void Home_is_the_checkout_when_run_from_one()
    {
        using var checkout = new TemporaryFolder();
        File.WriteAllText(Path.Combine(checkout.Path, "GrokForge.sln"), "");
        var deep = Directory.CreateDirectory(Path.Combine(checkout.Path, "artifacts", "bin", "x")).FullName;

        Assert.Equal(checkout.Path, DataFolder.FindHome(deep));
    }

    [Fact]
    public void Home_is_the_executables_folder_elsewhere()
    {
        using var folder = new TemporaryFolder();

        Assert.Equal(folder.Path, DataFolder.FindHome(folder.Path + Path.DirectorySeparatorChar));
    }

    [Fact]
    public void A_data_folder_that_cannot_be_written_ends_in_a_sentence()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "file");
        File.WriteAllText(file, "");

        var refused = Assert.Throws<StartRefusedException>(new DataFolder(Path.Combine(file, "data")).EnsureWritable);

        Assert.Contains("cannot be written", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_data_folder_is_created_and_left_empty()
    {
        using var folder = new TemporaryFolder();
        var data = new DataFolder(Path.Combine(folder.Path, "a", "b"));

        data.EnsureWritable();

        Assert.Empty(Directory.GetFileSystemEntries(data.Path));
    }

    /// <summary>Works from the start until its host stops it; thrown away without that, it never ends.</summary>
    private sealed class Early : BackgroundService
    {
        private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override Task StopAsync(CancellationToken cancellationToken)
        {
            _stopped.SetResult();
            return base.StopAsync(cancellationToken);
        }

        protected override Task ExecuteAsync(CancellationToken stoppingToken) => _stopped.Task;
    }

    /// <summary>Can neither start nor stop.</summary>
    private sealed class Unlucky : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => throw new StartRefusedException("Mend this.");

        public Task StopAsync(CancellationToken cancellationToken) => throw new InvalidOperationException("not that");
    }

    private sealed class TemporaryFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("grokforge-unit-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
