namespace GrokForge.Architecture.Tests;

